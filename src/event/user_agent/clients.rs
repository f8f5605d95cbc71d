//! Which program called: its name and version.

use super::Named;
use super::pieces::Place::{self, Anywhere, Start, Word};
use super::pieces::{behind, has_any, numbers, rest, version, version_of};

/// A way to find out. The first that does counts.
enum Step {
    Words(Words),
    Own(fn(&str) -> Option<Named>),
}

/// Words of which the leftmost names the program.
struct Words {
    words: &'static [&'static str],
    /// Its name, where the word is not that.
    name: Option<&'static str>,
    place: Place,
    /// What stands between the word and its version; each of these characters may.
    between: &'static [char],
    /// Least and most numbers of the version; with 0 there need not be one.
    numbers: (usize, usize),
}

const fn words(place: Place, numbers: (usize, usize), words: &'static [&'static str]) -> Step {
    Step::Words(Words { words, name: None, place, between: &['/'], numbers })
}

/// With or without a version.
const fn bare(place: Place, words: &'static [&'static str]) -> Step {
    Step::Words(Words { words, name: None, place, between: &['/', ' '], numbers: (0, 3) })
}

const fn named(name: &'static str, numbers: (usize, usize), words: &'static [&'static str]) -> Step {
    Step::Words(Words { words, name: Some(name), place: Anywhere, between: &['/'], numbers })
}

/// Programs that name others too, to be served like them, come before those.
const STEPS: &[Step] = &[
    Step::Own(apple_app),
    bare(
        Anywhere,
        &[
            "Apache-HttpClient",
            "Go-http-client",
            "Google-HTTP-Java-Client",
            "PostmanRuntime",
            "Python-urllib",
            "WinHTTP",
            "axios",
            "okhttp",
            "reqwest",
            "scalaj-http",
            "unirest-java",
            "unirest-nodejs",
            "unirest-python",
        ],
    ),
    bare(
        Anywhere,
        &["AppEngine-Google", "Googlebot", "Scrapy", "Slack-ImgProxy", "WhatWeb", "WordPress", "bingbot", "masscan"],
    ),
    words(
        Word,
        (2, 3),
        &[
            "Boto",
            "Boto3",
            "JetS3t",
            "aws-cli",
            "aws-sdk-cpp",
            "aws-sdk-dotnet-35",
            "aws-sdk-dotnet-45",
            "aws-sdk-dotnet-core",
            "aws-sdk-go",
            "aws-sdk-java",
            "aws-sdk-nodejs",
            "aws-sdk-ruby",
            "aws-sdk-ruby2",
            "s3fs",
        ],
    ),
    Step::Own(robot),
    words(Anywhere, (2, 3), &["SeaMonkey", "Waterfox"]),
    named("Pale Moon", (2, 3), &["PaleMoon"]),
    Step::Own(firefox_mobile),
    Step::Own(opera),
    named("Amazon Silk", (2, 3), &["Silk"]),
    words(Anywhere, (2, 3), &["Puffin"]),
    named("Edge Mobile", (2, 4), &["EdgA", "EdgiOS"]),
    named("Samsung Internet", (2, 2), &["SamsungBrowser"]),
    Step::Own(chrome_mobile),
    named("Yandex Browser", (3, 3), &["YaBrowser"]),
    named("Slack Desktop Client", (3, 3), &["Slack_SSB"]),
    words(Word, (3, 3), &["Electron"]),
    words(Anywhere, (2, 3), &["Thunderbird"]),
    words(Anywhere, (3, 3), &["Vivaldi"]),
    named("Edge", (1, 4), &["Edg", "Edge"]),
    words(Anywhere, (0, 3), &["HeadlessChrome"]),
    words(
        Anywhere,
        (2, 3),
        &["Epiphany", "Falkon", "IceCat", "Iceweasel", "Konqueror", "Lynx", "Midori", "Opera", "qutebrowser"],
    ),
    words(Anywhere, (2, 4), &["Chrome", "Chromium"]),
    Step::Own(old_android),
    Step::Own(mobile_safari),
    words(Anywhere, (3, 3), &["PhantomJS"]),
    Step::Own(safari),
    Step::Own(trident),
    named("Apple Mail", (3, 3), &["AppleWebKit"]),
    words(Anywhere, (3, 3), &["Firefox"]),
    Step::Own(firefox),
    Step::Own(internet_explorer),
    named("Python Requests", (2, 2), &["python-requests"]),
    bare(
        Word,
        &[
            "Axel",
            "Debian APT-HTTP",
            "Microsoft-CryptoAPI",
            "PycURL",
            "Ubuntu APT-HTTP",
            "Wget",
            "Windows-Update-Agent",
            "WindowsPowerShell",
            "aria2",
            "curl",
            "insomnia",
            "lftp",
            "libcurl-agent",
            "libwww-perl",
            "urlgrabber",
        ],
    ),
    Step::Own(java),
    words(Start, (3, 3), &["Cyberduck"]),
    Step::Own(s3_browser),
    words(Start, (2, 2), &["rclone/v"]),
];

pub(super) fn find(agent: &str) -> Option<Named> {
    STEPS.iter().find_map(|step| match step {
        Step::Words(words) => words.find(agent),
        Step::Own(own) => own(agent),
    })
}

impl Words {
    fn find(&self, agent: &str) -> Option<Named> {
        let found = self.words.iter().filter_map(|word| {
            let (at, version) = behind(agent, word, self.place)
                .find_map(|at| Some((at - word.len(), self.version(word, &agent[at..])?)))?;
            Some((at, word, version))
        });
        let (_, word, version) = found.min_by_key(|(at, ..)| *at)?;
        Some(Named::new(self.name.unwrap_or(word.trim_end_matches("/v")), version))
    }

    /// The version behind `word`; `None` where it has to have one.
    fn version(&self, word: &str, rest: &str) -> Option<Option<String>> {
        let (least, most) = self.numbers;
        let rest = if word.ends_with("/v") { Some(rest) } else { rest.strip_prefix(self.between) };
        let version = rest.and_then(|rest| version(rest, least, most));
        (version.is_some() || least == 0).then_some(version)
    }
}

/// An app on a phone or a Mac: `App/1.2 CFNetwork/1410 Darwin/22.6`.
fn apple_app(agent: &str) -> Option<Named> {
    let (before, behind) = agent.split_once("CFNetwork")?;
    if let Some((name, number)) = before.strip_suffix(' ').and_then(|app| app.rsplit_once('/'))
        && let Some(found) = version(number, 1, 4).filter(|found| found == number)
    {
        return Some(Named::new(name.to_owned(), Some(found)));
    }
    Some(Named::new("CFNetwork", behind.strip_prefix('/').and_then(|rest| version(rest, 2, 3))))
}

/// Whatever calls itself a bot, a spider or a crawler.
fn robot(agent: &str) -> Option<Named> {
    const WITH_VERSION: [&str; 10] =
        ["Archiver", "archiver", "Indexer", "indexer", "Scraper", "scraper", "Bot", "bot", "Spider", "spider"];
    let versioned = WITH_VERSION.iter().flat_map(|word| behind(agent, word, Anywhere)).filter_map(|at| {
        let number = version(agent[at..].strip_prefix(['/', ' '])?, 1, 3)?;
        Some((at, Some(number)))
    });
    let plain = ["Bot", "bot"].iter().flat_map(|word| behind(agent, word, Anywhere)).filter(|at| {
        let ends = !agent[*at..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        ends && *at >= 5
            && agent.as_bytes().get(*at - 5..*at - 3).is_some_and(|two| two[0] != b'C' && !b"Uu".contains(&two[1]))
    });
    let plain = plain.map(|at| (at, None));
    if let Some((end, version)) = versioned.min_by_key(|(at, _)| *at).or_else(|| plain.min_by_key(|(at, _)| *at)) {
        return Some(Named::new(robots_name(&agent[..end]).to_owned(), version));
    }
    let lower = agent.to_ascii_lowercase();
    let at = ["spider", "scrape", "crawl"].iter().filter_map(|word| lower.find(word)).min()?;
    let word = |c: char| c.is_ascii_alphanumeric() || "_[]^`\\".contains(c);
    let begin = agent[..at].rfind(|c| !word(c)).map_or(0, |before| before + 1);
    let begin = if agent.is_char_boundary(begin) { begin } else { at };
    let end = agent[at..].find(|c| !word(c)).map_or(agent.len(), |length| at + length);
    let number = agent[end..].strip_prefix(['/', ' ']).and_then(|rest| version(rest, 1, 3));
    Some(Named::new(agent[begin..end].to_owned(), number))
}

/// The words at the end of `text`, without a version that stands before them.
fn robots_name(text: &str) -> &str {
    let own = |c: char| c.is_ascii_alphanumeric() || " -_![]:".contains(c);
    let begin = text.rfind(|c| !own(c)).map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let number = text[..begin].trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '.').ends_with('/');
    let name = &text[begin..];
    match name.split_once(' ').filter(|_| number) {
        Some((_, name)) => name.trim_start(),
        None => name.trim_start(),
    }
}

fn firefox_mobile(agent: &str) -> Option<Named> {
    if let Some(number) = version_of(agent, "FxiOS/", 2, 2) {
        return Some(Named::new("Firefox iOS", Some(number + ".")));
    }
    let from = ["Mobile;", "Tablet;"].iter().filter_map(|word| rest(agent, word)).max_by_key(|rest| rest.len())?;
    Some(Named::new("Firefox Mobile", Some(version_of(from, "Firefox/", 2, 2)?)))
}

/// Up to version 12 it hid the real one behind 9.80; from 15 on it is a Chrome.
fn opera(agent: &str) -> Option<Named> {
    if let Some(behind) = rest(agent, "Opera Mini") {
        let number = behind.strip_prefix('/').and_then(|rest| version(rest, 1, 3));
        return Some(Named::new("Opera Mini", number));
    }
    if let Some(behind) = rest(agent, "Opera/9.80")
        && let Some(number) = version_of(behind, "Version/", 2, 3)
    {
        return Some(Named::new("Opera", Some(number)));
    }
    let number = version_of(agent, "OPR/", 3, 3)?;
    let mobile = has_any(agent, &["Mobile Safari"]);
    (mobile || has_any(agent, &["Chrome"]))
        .then(|| Named::new(if mobile { "Opera Mobile" } else { "Opera" }, Some(number)))
}

fn chrome_mobile(agent: &str) -> Option<Named> {
    let whole = |text| version_of(text, "Chrome/", 4, 4);
    for mark in ["Version/", "; wv)"] {
        if let Some(number) = rest(agent, mark).and_then(whole) {
            return Some(Named::new("Chrome Mobile WebView", Some(number)));
        }
    }
    if let Some(number) = version_of(agent, "CriOS/", 4, 4) {
        return Some(Named::new("Chrome Mobile iOS", Some(number)));
    }
    let number = whole(agent)?;
    let behind = rest(agent, "Chrome/").and_then(|rest| rest.strip_prefix(number.as_str()));
    let mobile =
        behind.is_some_and(|rest| rest.starts_with(" Mobile")) || rest(agent, " Mobile ").and_then(whole).is_some();
    mobile.then(|| Named::new("Chrome Mobile", Some(number)))
}

/// The browser of Android before it was a Chrome.
fn old_android(agent: &str) -> Option<Named> {
    Some(Named::new("Android", Some(version_of(agent, "Android ", 2, 3)?)))
}

fn mobile_safari(agent: &str) -> Option<Named> {
    let from = ["iPod", "iPhone", "iPad"].iter().filter_map(|word| rest(agent, word)).max_by_key(|rest| rest.len())?;
    let safari = has_any(from, &[" Safari", "+Safari"]);
    let number = version_of(from, "GSA/", 3, 3);
    if number.is_some() {
        return Some(Named::new("Google", number));
    }
    let os = || rest(from, "OS ").filter(|_| has_any(from, &["CPU"])).and_then(|rest| numbers(rest, &['_'], 2, 3));
    let number = version_of(from, "Version/", 2, 3).or_else(os);
    Some(Named::new(if safari { "Mobile Safari" } else { "Mobile Safari UI/WKWebView" }, number))
}

fn safari(agent: &str) -> Option<Named> {
    if let Some(number) = version_of(agent, "Version/", 2, 3)
        && rest(agent, "Version/").is_some_and(|rest| has_any(rest, &["Safari/"]))
    {
        return Some(Named::new("Safari", Some(number)));
    }
    version_of(agent, "Safari/", 1, 1).map(|_| Named::new("Safari", None))
}

/// Internet Explorer goes by its engine, as what it calls itself may be an older one.
fn trident(agent: &str) -> Option<Named> {
    let number = match rest(agent, "Trident/")?.get(..3)? {
        "7.0" | "8.0" => "11.0",
        "6.0" => "10.0",
        "5.0" => "9.0",
        "4.0" => "8.0",
        _ => return None,
    };
    Some(Named::new("IE", Some(number.to_owned())))
}

fn firefox(agent: &str) -> Option<Named> {
    Some(Named::new("Firefox", Some(version_of(agent, "Firefox/", 2, 2)? + ".")))
}

fn internet_explorer(agent: &str) -> Option<Named> {
    Some(Named::new("IE", Some(version_of(agent, "IE ", 2, 2)?)))
}

/// The first number is left out: up to Java 8 it was 1.
fn java(agent: &str) -> Option<Named> {
    behind(agent, "Java", Anywhere).find_map(|at| {
        let rest = agent[at..].strip_prefix(['/', ' ']).unwrap_or(&agent[at..]);
        let number = numbers(rest, &['.'], 3, 3)?;
        let update = rest.get(number.len()..)?.trim_start_matches(['_', '-']);
        let end = update.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(update.len());
        let (_, number) = number.split_once('.')?;
        Some(Named::new("Java", Some(format!("{number}.{}", &update[..end]))))
    })
}

fn s3_browser(agent: &str) -> Option<Named> {
    let number = numbers(agent.strip_prefix("S3 Browser ")?, &['.', '-'], 3, 3)?;
    Some(Named::new("S3 Browser", Some(number)))
}
