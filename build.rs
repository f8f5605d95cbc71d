//! Tells the program what it was built from and for, which `watchfloor --version` prints.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// Where cargo leaves the commit of a crate that it packs.
const PACKED: &str = ".cargo_vcs_info.json";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=WATCHFLOOR_TARGET={}", env::var("TARGET").unwrap_or_default());
    let commit = packed().or_else(checked_out).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=WATCHFLOOR_COMMIT={commit}");
}

fn packed() -> Option<String> {
    let info = fs::read_to_string(PACKED).ok()?;
    println!("cargo::rerun-if-changed={PACKED}");
    let (_, rest) = info.split_once("\"sha1\"")?;
    short(rest.split('"').nth(1)?)
}

/// Not in a development build, which each commit would make anew; nor of a repository that only contains the crate.
fn checked_out() -> Option<String> {
    if env::var("PROFILE").as_deref() != Ok("release") || !Path::new(".git").exists() {
        return None;
    }
    // Every commit and checkout writes to it.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    if Path::new(&log).exists() {
        println!("cargo::rerun-if-changed={log}");
    }
    short(&git(&["rev-parse", "HEAD"])?)
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn short(commit: &str) -> Option<String> {
    commit.get(..12).map(str::to_owned)
}
