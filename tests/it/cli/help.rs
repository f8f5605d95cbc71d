//! Help, completions and the manual page: complete, and from the same source.

use super::*;

const COMMANDS: [&[&str]; 15] = [
    &["watch"],
    &["replay"],
    &["scan"],
    &["query"],
    &["ecs"],
    &["kql"],
    &["rules", "check"],
    &["rules", "show"],
    &["report"],
    &["audit", "verify"],
    &["audit", "restore"],
    &["doctor"],
    &["completions"],
    &["man"],
    &[],
];

const SHARED: [&str; 13] = [
    "--rules",
    "--state",
    "--analyst",
    "--since",
    "--until",
    "--exceptions",
    "--threads",
    "--every-record",
    "--stats",
    "--color",
    "--ascii",
    "--read-only",
    "--config",
];

#[test]
fn every_command_explains_every_option() {
    let desk = Desk::new();
    for command in COMMANDS {
        let help = desk.run(&[command, &["--help"]].concat()).quiet();
        for option in SHARED {
            assert!(help.contains(option), "{command:?}: {option}");
        }
        let lines: Vec<&str> = help.lines().collect();
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.trim_start().starts_with("--")) {
            let explained = lines.get(at + 1).is_some_and(|next| next.starts_with("          "));
            assert!(explained, "{command:?}: {line} says nothing");
        }
    }
    let help = desk.run(&["--help"]).quiet();
    assert!(help.contains("Exit status:\n  0  done\n"), "{help}");
    let (_, examples) = help.split_once("Examples:\n").unwrap();
    assert!((3..=6).contains(&examples.lines().count()), "{examples}");
}

#[test]
fn the_version_is_short_or_says_which_build_it_is() {
    let desk = Desk::new();
    let short = concat!("watchfloor ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(desk.run(&["-V"]).quiet(), short);
    let long = desk.run(&["--version"]).quiet();
    let build: Vec<&str> = long.strip_prefix(short).unwrap().lines().collect();
    let [commit, target] = build[..] else { panic!("{long}") };
    let commit = commit.strip_prefix("commit ").unwrap();
    let is_hash = commit.len() == 12 && commit.bytes().all(|b| b.is_ascii_hexdigit());
    assert!(is_hash || commit == "unknown", "{long}");
    assert!(target.starts_with(&format!("target {}-", std::env::consts::ARCH)), "{long}");
}

#[test]
fn the_manual_page_has_every_command_with_its_options() {
    let page = Desk::new().run(&["man"]).quiet();
    assert_eq!(page.matches(".TH ").count(), 1);
    for command in COMMANDS.iter().filter(|command| !command.is_empty()) {
        assert!(page.contains(&format!(".SS \"watchfloor {}\"", command.join(" "))), "{command:?}");
    }
    for own in ["sweep", "shared", "speed", "paused", "fail\\-on\\-alert", "fields"] {
        assert!(page.contains(&format!("\\fB\\-\\-{own}\\fR")), "{own}");
    }
    assert_eq!(page.matches("\n\\fB\\-\\-exceptions\\fR").count(), 1, "shared options are explained once");
    assert!(!page.contains("commit") && !page.contains("\ntarget "), "the page is the same for every build");
    assert!(page.contains("Exit status:") && page.contains("Examples:"));
}

#[test]
fn completions_name_every_command() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = desk.run(&["completions", shell]).quiet();
        for command in COMMANDS.iter().filter_map(|command| command.first()) {
            assert!(script.contains(command), "{shell}: {command}");
        }
        assert!(script.contains("fail-on-alert"), "{shell}");
    }
    let script = desk.file("complete.bash", desk.run(&["completions", "bash"]).quiet());
    let checked = Command::new("bash").args(["-n", &script]).status().unwrap();
    assert!(checked.success());
    assert!(desk.run(&["completions", "csh"]).refused().contains("[possible values: bash"));
}
