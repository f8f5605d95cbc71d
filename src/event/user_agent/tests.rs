use super::*;

/// The parts of an agent: name, version, system, its version, device; `-` for one that is not there.
fn parts(agent: &str) -> String {
    let agent = UserAgent::read(agent);
    let fields = [Field::Name, Field::Version, Field::OsName, Field::OsVersion, Field::DeviceName];
    fields.map(|field| agent.get(field).unwrap_or("-".into())).join("|")
}

#[test]
fn sdks_and_command_lines_are_told() {
    for (agent, expected) in [
        (
            "aws-cli/2.15.3 Python/3.11.6 Linux/5.10.1-2.amzn2.x86_64 exe/x86_64.amzn.2",
            "aws-cli|2.15.3|Linux|5.10.1|Other",
        ),
        ("[aws-cli/1.29.9 Python/3.11.2 Windows/10 botocore/1.31.9]", "aws-cli|1.29.9|Windows|-|Spider"),
        ("aws-cli/2.15.3 md/awscrt#0.19 ua/2.0 os/macos#23.1.0 md/prompt#off", "aws-cli|2.15.3|-|-|Other"),
        ("aws-cli/2.15.3 md/awscrt#0.19 ua/2.0 os/linux#6.1.2 md/distrib#debian.12", "aws-cli|2.15.3|Debian|-|Other"),
        ("aws-cli", "Other|-|-|-|Other"),
        ("my-aws-cli/2.1.0", "aws-cli|2.1.0|-|-|Other"),
        ("myaws-cli/2.1.0", "Other|-|-|-|Other"),
        ("tool/1.2 Boto3/1.28.3 aws-cli/2.1.0", "Boto3|1.28.3|-|-|Spider"),
        ("Botocore/1.31.9 Python/3.9.1 Linux/5.10.1", "Other|-|Linux|5.10.1|Spider"),
        ("aws-sdk-go/1.44.9 (go1.20.1; linux; amd64)", "aws-sdk-go|1.44.9|Linux|-|Other"),
        ("aws-sdk-go-v2/1.21.0 os/linux lang/go#1.21", "Other|-|Linux|-|Other"),
        (
            "aws-internal/3 aws-sdk-java/1.12.9 Linux/5.4.1-1.x86_64 java/1.8.0_1",
            "aws-sdk-java|1.12.9|Linux|5.4.1|Other",
        ),
        ("aws-sdk-nodejs/2.1400.0 linux/v18.1.0 promise", "aws-sdk-nodejs|2.1400.0|Linux|-|Other"),
        ("aws-sdk-dotnet-45/3.7.1.2 OS/Microsoft_Windows_NT_10.0", "aws-sdk-dotnet-45|3.7.1|Windows|-|Other"),
        ("aws-sdk-iOS/2.27.1 iOS/15.4 en_US", "Other|-|iOS|2.27.1|Other"),
        ("APN/1.0 HashiCorp/1.0 Terraform/1.5.0 aws-sdk-go-v2/1.21.0 os/linux", "Other|-|Linux|-|Other"),
        ("ec2.amazonaws.com", "Other|-|-|-|Other"),
        ("", "Other|-|-|-|Other"),
    ] {
        assert_eq!(parts(agent), expected, "{agent}");
    }
}

#[test]
fn browsers_are_told() {
    const KIT: &str = "AppleWebKit/537.36 (KHTML, like Gecko)";
    const MAC: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)";
    const WIN: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)";
    const PHONE: &str =
        "Mozilla/5.0 (iPhone; CPU iPhone OS 16_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
    const ANDROID: &str = "Mozilla/5.0 (Linux; Android 12; Fairphone 4)";
    let is = |agent: String, expected| assert_eq!(parts(&agent), expected, "{agent}");
    is(format!("{MAC} {KIT} Chrome/119.0.1.2 Safari/537.36"), "Chrome|119.0.1.2|Mac OS X|10.15.7|Mac");
    is(format!("[{WIN} {KIT} Chrome/119.0.1.2 Safari/537.36 Edg/119.0.3.4]"), "Edge|119.0.3.4|Windows|10|Other");
    is(format!("{WIN} {KIT} Chrome/119.0.1.2 Safari/537.36 OPR/104.0.5.6"), "Opera|104.0.5|Windows|10|Other");
    is(format!("{WIN} {KIT} Chrome/119.0.1.2 Electron/27.1.2 Safari/537.36"), "Electron|27.1.2|Windows|10|Other");
    is(format!("{WIN} {KIT} HeadlessChrome/119.0.1.2 Safari/537.36"), "HeadlessChrome|119.0.1|Windows|10|Other");
    is(format!("{WIN} {KIT} Chrome/119.0.1.2 Safari/537.36 Vivaldi/6.4.1"), "Vivaldi|6.4.1|Windows|10|Other");
    is(
        format!("{MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15"),
        "Safari|17.1|Mac OS X|10.15.7|Mac",
    );
    is(format!("{MAC} AppleWebKit/605.1.15 (KHTML, like Gecko)"), "Apple Mail|605.1.15|Mac OS X|10.15.7|Mac");
    is(format!("{PHONE} Version/16.2 Mobile/15E1 Safari/604.1"), "Mobile Safari|16.2|iOS|16.2|iPhone");
    is(format!("{PHONE} Mobile/15E1"), "Mobile Safari UI/WKWebView|16.2|iOS|16.2|iPhone");
    is(format!("{PHONE} CriOS/119.0.1.2 Mobile/15E1 Safari/604.1"), "Chrome Mobile iOS|119.0.1.2|iOS|16.2|iPhone");
    is(format!("{PHONE} FxiOS/119.0 Mobile/15E1 Safari/604.1"), "Firefox iOS|119.0.|iOS|16.2|iPhone");
    is(
        format!("{ANDROID} {KIT} Chrome/119.0.1.2 Mobile Safari/537.36"),
        "Chrome Mobile|119.0.1.2|Android|12|Fairphone 4",
    );
    is(
        format!("{ANDROID} {KIT} Version/4.0 Chrome/119.0.1.2 Mobile Safari/537.36"),
        "Chrome Mobile WebView|119.0.1.2|Android|12|Fairphone 4",
    );
    is(
        format!("{ANDROID} {KIT} Chrome/119.0.1.2 Mobile Safari/537.36 EdgA/119.0.3.4"),
        "Edge Mobile|119.0.3.4|Android|12|Fairphone 4",
    );
    is(
        format!(
            "Mozilla/5.0 (Linux; Android 13; SM-A546B) {KIT} SamsungBrowser/22.0 Chrome/111.0.1.2 Mobile Safari/537.36"
        ),
        "Samsung Internet|22.0|Android|13|Samsung SM-A546B",
    );
    for (agent, expected) in [
        (
            "Mozilla/5.0 (X11; Fedora; Linux x86_64; rv:119.0) Gecko/20100101 Firefox/119.0",
            "Firefox|119.0.|Fedora|-|Other",
        ),
        (
            "Mozilla/5.0 (Android 12; Mobile; rv:119.0) Gecko/119.0 Firefox/119.0",
            "Firefox Mobile|119.0|Android|12|Generic Smartphone",
        ),
        ("Opera/9.80 (Windows NT 6.0) Presto/2.12 Version/12.10", "Opera|12.10|Windows|Vista|Other"),
        ("Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.3; Trident/7.0)", "IE|11.0|Windows|8.1|Other"),
        ("Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.2)", "IE|7.0|Windows|XP|Other"),
        ("Mozilla", "Other|-|-|-|Other"),
    ] {
        assert_eq!(parts(agent), expected, "{agent}");
    }
}

#[test]
fn libraries_tools_and_robots_are_told() {
    for (agent, expected) in [
        ("curl/8.1.2", "curl|8.1.2|-|-|Other"),
        ("curl", "curl|-|-|-|Other"),
        ("pycurl/7", "Other|-|-|-|Other"),
        ("Wget/1.21.2 (linux-gnu)", "Wget|1.21.2|Linux|-|Other"),
        ("python-requests/2.30.1", "Python Requests|2.30|-|-|Other"),
        ("Go-http-client/1.1", "Go-http-client|1.1|-|-|Other"),
        ("okhttp", "okhttp|-|-|-|Other"),
        ("Apache-HttpClient/4.5.1 (Java/17.0.2)", "Apache-HttpClient|4.5.1|-|-|Other"),
        ("Java/1.8.0_202", "Java|8.0.202|-|-|Spider"),
        ("rclone/v1.64.2", "rclone|1.64|-|-|Other"),
        ("Cyberduck/8.7.1.40 (Mac OS X/14.1)", "Cyberduck|8.7.1|Mac OS X|14.1|Mac"),
        ("S3 Browser 11-1-2 http://s3browser.com", "S3 Browser|11.1.2|-|-|Other"),
        (
            "Mozilla/5.0 (Windows NT; Windows NT 10.0) WindowsPowerShell/5.1.1.2",
            "WindowsPowerShell|5.1.1|Windows|10|Other",
        ),
        ("Console/4.2 CFNetwork/1410.0.3 Darwin/22.6.0", "Console|4.2|iOS|-|iOS-Device"),
        ("Mozilla/5.0 (compatible; InventoryBot/2.1; +https://example.com)", "InventoryBot|2.1|-|-|Spider"),
        ("Python/3.9 AssetSpider/1", "AssetSpider|1|-|-|Spider"),
        ("renovate-bot", "renovate-bot|-|-|-|Spider"),
        ("example-crawler (linux)", "crawler|-|Linux|-|Spider"),
    ] {
        assert_eq!(parts(agent), expected, "{agent}");
    }
}

#[test]
fn whatever_comes_is_no_panic_and_what_is_long_is_cut() {
    for agent in [
        "é",
        "Java",
        "Java/",
        "Trident/é",
        "Trident/7",
        "Opera Mini",
        "bot",
        "ébot",
        "xéébot ",
        "crawlé",
        "écrawl",
        "CrOS é",
        "Android",
        "Android;)",
        "/1.é bot/1",
    ] {
        parts(agent);
    }
    let long = "é".repeat(LONGEST);
    assert_eq!(parts(&format!("{long} aws-cli/2.1.0")), "Other|-|-|-|Other");
    assert_eq!(parts(&format!("aws-cli/2.1.0 {long}")), "aws-cli|2.1.0|-|-|Other");
    for n in 0..3 * KEPT {
        assert_eq!(UserAgent::of(&format!("curl/{n}.1")).get(Field::Version).as_deref(), Some(&*format!("{n}.1")));
    }
}

#[test]
fn what_is_known_of_a_field_is_known_of_all() {
    let agent = UserAgent::read("Boto3/1.28.3 Linux/5.10.1");
    let full = Field::ALL.map(|(field, name)| format!("{name}={}", agent.get(field).unwrap_or_default()));
    assert_eq!(
        full.join(" "),
        "user_agent.name=Boto3 user_agent.version=1.28.3 user_agent.os.name=Linux user_agent.os.version=5.10.1 \
         user_agent.os.full=Linux 5.10.1 user_agent.device.name=Spider"
    );
}
