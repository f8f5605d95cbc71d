//! Which operating system it ran on: its name and version.

use super::Named;
use super::pieces::Place::{Anywhere, Word};
use super::pieces::{behind, has_any, numbers, rest, version_of};

/// Windows by the number of its kernel, or by name. The first that occurs counts.
const WINDOWS: [(&str, &str); 19] = [
    ("Windows 10", "10"),
    ("Windows NT 5.2", "XP"),
    ("Windows NT 5.1", "XP"),
    ("Windows NT 6.1", "7"),
    ("Windows NT 6.0", "Vista"),
    ("Windows NT 6.2", "8"),
    ("Windows NT 6.3", "8.1"),
    ("Windows NT 6.4", "10"),
    ("Windows NT 10.0", "10"),
    ("Windows NT 5.0", "2000"),
    ("Windows CE", "CE"),
    ("Windows 95", "95"),
    ("Windows 98", "98"),
    ("Windows NT", "NT"),
    ("Windows 2000", "2000"),
    ("Windows XP", "XP"),
    ("Windows Vista", "Vista"),
    ("Windows 7", "7"),
    ("Win32", "95"),
];

/// Those that are named before the kernel they run on.
const FAMILIES: [&str; 15] = [
    "Ubuntu",
    "Kubuntu",
    "Arch Linux",
    "CentOS",
    "Slackware",
    "Gentoo",
    "openSUSE",
    "SUSE",
    "Red Hat",
    "Fedora",
    "PCLinuxOS",
    "Mageia",
    "FreeBSD",
    "OpenBSD",
    "NetBSD",
];

pub(super) fn find(agent: &str) -> Option<Named> {
    phone(agent)
        .or_else(|| windows(agent))
        .or_else(|| mac(agent))
        .or_else(|| apple(agent))
        .or_else(|| chrome_os(agent))
        .or_else(|| linux(agent))
}

fn phone(agent: &str) -> Option<Named> {
    let windows = ["Windows Phone OS ", "Windows Phone "].iter().find_map(|word| version_of(agent, word, 2, 2));
    if windows.is_some() {
        return Some(Named::new("Windows Phone", windows));
    }
    let android = behind(agent, "Android", Anywhere)
        .find_map(|at| numbers(agent[at..].strip_prefix([' ', '-', '/'])?, &['.'], 1, 3));
    android.map(|number| Named::new("Android", Some(number)))
}

fn windows(agent: &str) -> Option<Named> {
    let known = || WINDOWS.iter().find(|(word, _)| has_any(agent, &[word]));
    // Nearly no agent is one.
    let (_, number) = known().filter(|_| has_any(agent, &["Win"]))?;
    Some(Named::new("Windows", Some((*number).to_owned())))
}

fn mac(agent: &str) -> Option<Named> {
    const NAME: &str = "Mac OS X";
    let number = ["Mac OS X", "MacOS X", "Mac+OS+X"].iter().find_map(|word| {
        behind(agent, word, Anywhere)
            .find_map(|at| numbers(agent[at..].strip_prefix([' ', '/', '+'])?, &['_', '.'], 2, 3))
    });
    if number.is_some() {
        return Some(Named::new(NAME, number));
    }
    if has_any(agent, &["Intel Mac OS X", "PPC Mac OS X", "Mac OS X Mach-O"]) {
        return Some(Named::new(NAME, None));
    }
    has_any(agent, &["Mac_PowerPC"]).then(|| Named::new("Mac OS", None))
}

fn apple(agent: &str) -> Option<Named> {
    const NAME: &str = "iOS";
    let ios = ["CPU OS ", "iPhone OS ", "CPU iPhone "]
        .iter()
        .find_map(|word| behind(agent, word, Anywhere).find_map(|at| numbers(&agent[at..], &['_', '.'], 2, 3)));
    if ios.is_some() {
        return Some(Named::new(NAME, ios));
    }
    // Apps say only which kernel it is.
    if rest(agent, "CFNetwork/").is_some_and(|rest| has_any(rest, &[" Darwin/"])) {
        return Some(Named::new(if has_any(agent, &["(x86_64)"]) { "Mac OS X" } else { NAME }, None));
    }
    let sdk = ["iOS/", "iOS "]
        .iter()
        .find_map(|word| behind(agent, word, Word).find_map(|at| numbers(&agent[at..], &['_', '.'], 2, 3)));
    (sdk.is_some() || has_any(agent, &["iPod", "iPhone", "iPad", "(iOS;"])).then(|| Named::new(NAME, sdk))
}

fn chrome_os(agent: &str) -> Option<Named> {
    let (_, number) = rest(agent, "CrOS ")?.split_once(' ')?;
    Some(Named::new("Chrome OS", Some(numbers(number, &['.'], 2, 3)?)))
}

/// Linux, its families, and what else is left.
fn linux(agent: &str) -> Option<Named> {
    if has_any(agent, &["Debian", "debian"]) {
        return Some(Named::new("Debian", None));
    }
    if has_any(agent, &["Linux Mint"]) {
        return Some(Named::new("Linux Mint", None));
    }
    for family in FAMILIES {
        let number =
            behind(agent, family, Anywhere).find_map(|at| numbers(agent[at..].strip_prefix(['/', ' '])?, &['.'], 2, 4));
        if number.is_some() {
            return Some(Named::new(family, number));
        }
    }
    let kernel =
        || behind(agent, "Linux", Anywhere).find_map(|at| numbers(agent[at..].strip_prefix(['/', ' '])?, &['.'], 2, 3));
    if has_any(agent, &["gentoo"])
        && let Some(number) = kernel()
    {
        return Some(Named::new("Gentoo", Some(number)));
    }
    if let Some(name) = ["Windows", "Android"].into_iter().find(|name| has_any(agent, &[name])) {
        return Some(Named::new(name, None));
    }
    if let Some(family) = FAMILIES.into_iter().find(|name| has_any(agent, &[name])) {
        return Some(Named::new(family, None));
    }
    if has_any(agent, &["Linux"]) {
        // That of the first place counts, with or without a number.
        let number = rest(agent, "Linux").and_then(|rest| numbers(rest.strip_prefix(['/', ' '])?, &['.'], 2, 3));
        return Some(Named::new("Linux", number));
    }
    if has_any(agent, &["SunOS"]) {
        return Some(Named::new("Solaris", None));
    }
    has_any(agent, &["linux"]).then(|| Named::new("Linux", None))
}
