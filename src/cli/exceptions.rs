//! Appends an exception to the exceptions file, without touching what is there.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};

use super::output;
use crate::detect::Exceptions;

/// Appends `toml`, one exception, to the file, and creates it if needed. When this returns, it is on disk. Returns what
/// to tell the analyst.
///
/// # Errors
/// When the file does not parse as exceptions (nothing is written then), or cannot be written.
pub(super) fn append(path: &Path, toml: &str) -> anyhow::Result<String> {
    let name = output::path(path);
    let (before, is_new) = match std::fs::read_to_string(path) {
        Ok(text) => (text, false),
        Err(error) if error.kind() == ErrorKind::NotFound => (String::new(), true),
        Err(error) => return Err(error).with_context(|| format!("cannot read {name}")),
    };
    // A blank line before it, also after a last line without a line break.
    let gap = match before.as_bytes() {
        [] => "",
        [.., b'\n'] => "\n",
        _ => "\n\n",
    };
    let added = format!("{gap}{toml}");
    let all = Exceptions::parse(&format!("{before}{added}"), &path.to_string_lossy())?;
    if all.len() != Exceptions::parse(&before, &path.to_string_lossy())?.len() + 1 {
        bail!("{name} would not read back with it");
    }
    let write = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().append(true).create(true).open(path)?;
        file.write_all(added.as_bytes())?;
        file.sync_all()?;
        if is_new {
            let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    };
    write().with_context(|| format!("cannot write {name}"))?;
    Ok(format!(
        "exception written to {name}; it counts from the next start, for events read then · the alert stays as it is"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::ExceptionDraft;

    fn draft(name: &str) -> String {
        let entries = vec![("user.name".to_owned(), "etl".to_owned())];
        ExceptionDraft { name: name.to_owned(), rule_id: None, origin: "by mk".to_owned(), entries }.to_toml()
    }

    #[test]
    fn it_is_made_when_missing_and_only_ever_added_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("exceptions.toml");
        append(&path, &draft("one")).unwrap();
        append(&path, &draft("two")).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, format!("{}\n{}", draft("one"), draft("two")));
        // By hand, without a line break at the end, with a comment of hers.
        std::fs::write(&path, "# ours\n[[exception]]\nname = \"x\"\nentries = [{ field = \"a\", type = \"exists\" }]")
            .unwrap();
        append(&path, &draft("three")).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# ours\n[[exception]]") && text.ends_with(&draft("three")), "{text}");
        assert_eq!(Exceptions::parse(&text, "x").unwrap().len(), 2);
    }

    #[test]
    fn a_file_with_an_error_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("exceptions.toml");
        for broken in ["[[exception]]\nname = ", "text = '''\nno end\n"] {
            std::fs::write(&path, broken).unwrap();
            assert!(append(&path, &draft("one")).is_err());
            assert_eq!(std::fs::read_to_string(&path).unwrap(), broken);
        }
        let error = append(&folder.path().join("none/exceptions.toml"), &draft("one")).unwrap_err();
        assert!(format!("{error:#}").contains("cannot write"), "{error:#}");
    }
}
