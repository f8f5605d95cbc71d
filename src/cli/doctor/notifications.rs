//! Whether the system can notify of new files in so many folders. Where it cannot, the sweep finds them all the same,
//! only later.

use std::path::PathBuf;

use super::check::Check;

#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// Folders to watch, those within them counted.
    pub folders: u64,
    /// Folders that one user may watch, and programs of one user that may watch.
    pub watches: Option<u64>,
    pub instances: Option<u64>,
    /// What the system says to one more.
    pub refused: Option<String>,
}

impl Facts {
    pub(super) fn gather(paths: &[PathBuf]) -> Self {
        let limit = |name: &str| {
            let text = std::fs::read_to_string(format!("/proc/sys/fs/inotify/{name}")).ok()?;
            text.trim().parse().ok()
        };
        let within = |path: &PathBuf| {
            let found = walkdir::WalkDir::new(path).into_iter().filter_map(Result::ok);
            found.filter(|entry| entry.file_type().is_dir()).count() as u64
        };
        Self {
            folders: paths.iter().map(within).sum(),
            watches: limit("max_user_watches"),
            instances: limit("max_user_instances"),
            refused: refused(),
        }
    }
}

#[cfg(target_os = "linux")]
fn refused() -> Option<String> {
    use rustix::fs::inotify::{CreateFlags, init};
    init(CreateFlags::CLOEXEC).err().map(|error| std::io::Error::from(error).to_string())
}

#[cfg(not(target_os = "linux"))]
fn refused() -> Option<String> {
    None
}

pub(super) fn check(facts: &Facts) -> Option<Check> {
    const NAME: &str = "notifications";
    let sweep = "new files are found by the sweep alone";
    let raise = |name: &str, to: u64| {
        format!("sudo sysctl fs.inotify.{name}={to}, and the same line in /etc/sysctl.d/ to keep it")
    };
    if let Some(why) = &facts.refused {
        let instances = facts.instances.unwrap_or(128);
        let says = format!("the system gives none ({why}; {instances} programs of a user may ask): {sweep}");
        return Some(Check::warn(NAME, says, raise("max_user_instances", instances.saturating_mul(4))));
    }
    let (folders, watches) = (facts.folders, facts.watches?);
    let says = format!("{folders} folders, and a user may watch {watches}");
    // Other programs of the user take some too.
    let wanted = folders.saturating_mul(2).next_power_of_two();
    Some(match watches < folders {
        true => Check::warn(NAME, format!("{says}: {sweep}"), raise("max_user_watches", wanted)),
        false => Check::ok(NAME, says),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_that_are_too_low_are_named_with_what_raises_them() {
        let facts = Facts { folders: 9_000, watches: Some(8_192), instances: Some(128), refused: None };
        let line = |facts: &Facts| check(facts).unwrap().line("->");
        assert_eq!(
            line(&facts),
            "warn  notifications 9000 folders, and a user may watch 8192: new files are found by the sweep alone -> sudo \
             sysctl fs.inotify.max_user_watches=32768, and the same line in /etc/sysctl.d/ to keep it"
        );
        assert_eq!(
            line(&Facts { folders: 3, ..facts.clone() }),
            "ok    notifications 3 folders, and a user may watch 8192"
        );
        let refused = Facts { refused: Some("Too many open files".to_owned()), ..facts };
        assert!(line(&refused).contains("(Too many open files; 128 programs of a user may ask)"));
        assert!(line(&refused).contains("-> sudo sysctl fs.inotify.max_user_instances=512,"));
        assert_eq!(check(&Facts::default()), None, "no such limits on this system");
    }
}
