//! How logs get from a bucket into a folder, as a command to type. Nothing here asks a bucket for anything.

use std::borrow::Cow;

/// A bucket as somebody typed its address, and what of it is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    name: String,
    /// Without a slash in front; empty for all of it.
    key: String,
}

/// Ends the keys of single log files.
const FILES: [&str; 5] = [".gz", ".json", ".ndjson", ".zst", ".zip"];

impl Bucket {
    /// Understands `s3://…`, the addresses of S3 and of its console, and ARNs.
    #[must_use]
    pub fn of(typed: &str) -> Option<Self> {
        let arn = || Some(typed.strip_prefix("arn:")?.split_once(":s3:::")?.1);
        if let Some(path) = typed.strip_prefix("s3://").or_else(|| typed.strip_prefix("S3://")).or_else(arn) {
            return Self::at(path);
        }
        let address = typed.strip_prefix("https://").or_else(|| typed.strip_prefix("http://"))?;
        let (host, path) = address.split_once('/').unwrap_or((address, ""));
        let host = host.split(':').next().unwrap_or_default();
        let host = host.strip_suffix(".cn").unwrap_or(host).strip_suffix(".amazonaws.com").or_else(|| {
            let console = host.strip_suffix("console.aws.amazon.com")?;
            (path.starts_with("s3/") || console.starts_with("s3.")).then_some("console")
        })?;
        if host == "console" {
            let (name, asked) = path.split_once("buckets/")?.1.split_once('?')?;
            let prefix = asked.split('&').find_map(|pair| pair.strip_prefix("prefix=")).unwrap_or_default();
            return Self::at(&format!("{name}/{prefix}"));
        }
        let path = path.split('?').next().unwrap_or_default();
        let is_s3 = |part: &str| part == "s3" || part.starts_with("s3.") || part.starts_with("s3-");
        if is_s3(host) {
            return Self::at(path);
        }
        let end = host.match_indices('.').find(|(at, _)| is_s3(&host[at + 1..]))?.0;
        Self::at(&format!("{}/{path}", &host[..end]))
    }

    fn at(path: &str) -> Option<Self> {
        let (name, key) = path.split_once('/').unwrap_or((path, ""));
        let key = percent_encoding::percent_decode_str(key).decode_utf8_lossy().into_owned();
        (!name.is_empty()).then(|| Self { name: name.to_owned(), key })
    }

    /// Its name, which serves as one for a folder too.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The command that fetches it, and what to name afterwards.
    #[must_use]
    pub fn fetch(&self) -> (String, String) {
        let Self { name, key } = self;
        let file = key.rsplit('/').next().filter(|file| FILES.iter().any(|end| file.ends_with(end)));
        if let Some(file) = file {
            return (format!("aws s3 cp {} .", shell(&format!("s3://{name}/{key}"))), shell(file).into_owned());
        }
        let key = if key.is_empty() { "AWSLogs/" } else { key };
        let folder = shell(name).into_owned();
        (format!("aws s3 sync {} {folder}", shell(&format!("s3://{name}/{key}"))), folder)
    }
}

/// The command that fetches logs into `folder` from a bucket that is not known here.
#[must_use]
pub fn fetch_into(folder: &str) -> String {
    format!("aws s3 sync s3://BUCKET/AWSLogs/ {}", shell(folder))
}

/// A word for a shell.
#[must_use]
pub fn shell(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_alphanumeric() || "/._-:+=@,%".contains(c);
    if !word.is_empty() && word.chars().all(plain) && !word.starts_with('-') {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', "'\\''")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_known_by_every_address_that_it_has() {
        for typed in [
            "s3://acme-trail/AWSLogs/111122223333/",
            "S3://acme-trail/AWSLogs/111122223333/",
            "arn:aws:s3:::acme-trail/AWSLogs/111122223333/",
            "arn:aws-us-gov:s3:::acme-trail/AWSLogs/111122223333/",
            "https://acme-trail.s3.amazonaws.com/AWSLogs/111122223333/",
            "https://acme-trail.s3.eu-west-1.amazonaws.com/AWSLogs/111122223333/",
            "https://acme-trail.s3-eu-west-1.amazonaws.com/AWSLogs/111122223333/?list-type=2",
            "https://acme-trail.s3.cn-north-1.amazonaws.com.cn/AWSLogs/111122223333/",
            "https://s3.eu-west-1.amazonaws.com/acme-trail/AWSLogs/111122223333/",
            "https://s3.console.aws.amazon.com/s3/buckets/acme-trail?region=eu-west-1&prefix=AWSLogs/111122223333/",
            "https://eu-west-1.console.aws.amazon.com/s3/buckets/acme-trail?prefix=AWSLogs%2F111122223333%2F",
        ] {
            let bucket = Bucket::of(typed).unwrap_or_else(|| panic!("{typed}"));
            assert_eq!((bucket.name(), bucket.key.as_str()), ("acme-trail", "AWSLogs/111122223333/"), "{typed}");
        }
        for other in
            ["logs", "./s3:/x", "s3://", "https://example.org/s3/x", "https://ec2.amazonaws.com/", "arn:aws:s3"]
        {
            assert_eq!(Bucket::of(other), None, "{other}");
        }
    }

    #[test]
    fn what_fetches_it_is_a_command_to_type() {
        let fetch = |typed: &str| Bucket::of(typed).unwrap().fetch();
        let told = |command: &str, name: &str| (command.to_owned(), name.to_owned());
        assert_eq!(fetch("s3://acme-trail"), told("aws s3 sync s3://acme-trail/AWSLogs/ acme-trail", "acme-trail"));
        assert_eq!(
            fetch("s3://acme-trail/org/AWSLogs/"),
            told("aws s3 sync s3://acme-trail/org/AWSLogs/ acme-trail", "acme-trail")
        );
        assert_eq!(
            fetch("s3://acme-trail/AWSLogs/a.json.gz"),
            told("aws s3 cp s3://acme-trail/AWSLogs/a.json.gz .", "a.json.gz")
        );
        assert_eq!(fetch("s3://a/b c;reboot").0, "aws s3 sync 's3://a/b c;reboot' a");
        assert_eq!(fetch_into("it's"), "aws s3 sync s3://BUCKET/AWSLogs/ 'it'\\''s'");
        assert_eq!((shell("-x"), shell("")), ("'-x'".into(), "''".into()));
    }
}
