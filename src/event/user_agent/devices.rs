//! Which device it was, as far as that is told: phones by their model, Macs, and everything that calls itself a robot.

use std::borrow::Cow;

use super::pieces::{has_any, rest};

/// What stands in the agents of robots, in any letter case.
const ROBOTS: [&str; 20] = [
    "bot",
    "crawl",
    "spider",
    "scraper",
    "scrapy",
    "slurp",
    "yahoo",
    "archiver",
    "indexer",
    "favicon",
    "masscan",
    "whatweb",
    "winhttp",
    "wordpress",
    "python-urllib",
    "http%20client",
    "google-http-java-client",
    "appengine-google",
    "facebookexternalhit",
    "pingdom",
];

pub(super) fn find(agent: &str) -> Option<Cow<'static, str>> {
    let lower = agent.to_ascii_lowercase();
    let robot = || {
        let java = lower.starts_with("java/") || lower.starts_with("jnlp/");
        (java || has_any(&lower, &ROBOTS)).then_some("Spider".into())
    };
    let phone = has_any(agent, &["Android", "iPhone", "Windows Phone"]);
    if phone && has_any(&lower, &["bot/", "bots/", "bot.html", "spider.html", "bot-mobile", "bingpreview"]) {
        return Some("Spider".into());
    }
    if let Some(android) = rest(agent, "Android") {
        return Some(model(agent, android));
    }
    if let Some(apple) = ["iPad", "iPod", "iPhone"].into_iter().find(|name| has_any(agent, &[name])) {
        return Some(apple.into());
    }
    if rest(agent, "CFNetwork/").is_some_and(|rest| has_any(rest, &[" Darwin/"])) {
        return Some(if has_any(agent, &["(x86_64)"]) { "Mac" } else { "iOS-Device" }.into());
    }
    if has_any(agent, &["Mac OS X", "Mac_PowerPC"]) {
        return Some("Mac".into());
    }
    robot()
}

/// The model of a device with Android: the last thing told before the engine.
fn model(agent: &str, android: &str) -> Cow<'static, str> {
    if has_any(agent, &["Firefox/"]) {
        let tablet = has_any(android, &["Tablet;"]);
        return if tablet { "Generic Tablet" } else { "Generic Smartphone" }.into();
    }
    let about = android.split(')').next().unwrap_or_default();
    let told = about.split(" Build").next().unwrap_or_default();
    match told.rsplit_once(';').map(|(_, model)| model.trim()).filter(|model| !model.is_empty()) {
        Some(model) if ["SM-", "SCH-", "SGH-", "SPH-"].iter().any(|samsung| model.starts_with(samsung)) => {
            format!("Samsung {model}").into()
        }
        Some(model) => model.to_owned().into(),
        None => "Generic Smartphone".into(),
    }
}
