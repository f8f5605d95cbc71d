//! Requests signed for Amazon OpenSearch Service: Signature Version 4, with the keys of the environment or of a profile of
//! Amazon's tools.

use std::path::Path;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, utf8_percent_encode};
use sha2::{Digest as _, Sha256};
use ureq::http::{HeaderName, HeaderValue, Uri, header};

use super::super::profile::{AwsKey, Profile, Secret};
use super::problem::Problem;
use super::wire::UNRESERVED;
use crate::text::visible;

/// Segments of a path: slashes stay. What was encoded before is encoded once more, as every service but S3 does.
const PATH: &AsciiSet = &UNRESERVED.remove(b'/');

/// Signs for one region.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Signer {
    pub key: AwsKey,
    pub region: String,
    pub service: &'static str,
}

impl Signer {
    /// The one that the configuration asks for.
    pub(super) fn of(profile: &Profile) -> Result<Self, Problem> {
        let region = profile.aws_region.clone().ok_or_else(|| {
            Problem::new("the configuration does not say in which region the cluster is", "add aws_region")
        })?;
        let key = match (&profile.aws_profile, &profile.secrets.aws_key, &profile.secrets.aws_file) {
            (Some(name), _, Some(file)) => key_of(name, file)?,
            (None, Some(key), _) => key.clone(),
            _ => {
                return Err(Problem::new(
                    "there are no keys of Amazon to sign with",
                    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name an aws_profile",
                ));
            }
        };
        Ok(Self { key, region, service: "es" })
    }

    /// What makes this request one that Amazon takes at this time.
    pub(super) fn headers(
        &self,
        method: &str,
        url: &Uri,
        body: &[u8],
        at: DateTime<Utc>,
    ) -> Vec<(HeaderName, HeaderValue)> {
        let time = at.format("%Y%m%dT%H%M%SZ").to_string();
        let day = &time[..8];
        let host = host(url);
        let mut signed = vec![("host", host.as_str()), ("x-amz-date", &time)];
        if let Some(token) = &self.key.token {
            signed.push(("x-amz-security-token", token.reveal()));
        }
        let names = signed.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let mut request = format!("{method}\n{}\n{}\n", utf8_percent_encode(url.path(), PATH), query(url));
        for (name, value) in &signed {
            request += &format!("{name}:{value}\n");
        }
        request += &format!("\n{names}\n{}", hex(&Sha256::digest(body)));

        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(request)));
        let first = format!("AWS4{}", self.key.secret.reveal()).into_bytes();
        let key = [day, &self.region, self.service, "aws4_request"]
            .iter()
            .fold(first, |key, part| authenticated(&key, part.as_bytes()));
        let signature = hex(&authenticated(&key, text.as_bytes()));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            self.key.id
        );

        let headers = [
            (header::HOST, Some(host.as_str())),
            (HeaderName::from_static("x-amz-date"), Some(&time)),
            (HeaderName::from_static("x-amz-security-token"), self.key.token.as_ref().map(Secret::reveal)),
            (header::AUTHORIZATION, Some(&authorization)),
        ];
        let value = |text: &str| {
            let mut value = HeaderValue::from_str(text).ok()?;
            value.set_sensitive(true);
            Some(value)
        };
        headers.into_iter().filter_map(|(name, text)| Some((name, value(text?)?))).collect()
    }
}

/// As it stands in the header: without the port that everybody takes.
fn host(url: &Uri) -> String {
    let host = url.host().unwrap_or_default();
    match (url.scheme_str(), url.port_u16()) {
        (_, None) | (Some("https"), Some(443)) | (Some("http"), Some(80)) => host.to_owned(),
        (_, Some(port)) => format!("{host}:{port}"),
    }
}

/// Sorted; it was encoded when it was written.
fn query(url: &Uri) -> String {
    let mut parts: Vec<String> = url
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| if part.contains('=') { part.to_owned() } else { format!("{part}=") })
        .collect();
    parts.sort();
    parts.join("&")
}

fn authenticated(key: &[u8], text: &[u8]) -> Vec<u8> {
    // A key of any length is taken.
    Hmac::<Sha256>::new_from_slice(key)
        .map_or_else(|_| Vec::new(), |mac| mac.chain_update(text).finalize().as_bytes().to_vec())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The keys of a profile in the file of Amazon's tools.
fn key_of(profile: &str, file: &Path) -> Result<AwsKey, Problem> {
    let shown = visible(&file.to_string_lossy()).into_owned();
    let text = std::fs::read_to_string(file).map_err(|e| {
        Problem::new(
            format!("cannot read the keys of Amazon in {shown}: {e}"),
            "check the file, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        )
    })?;
    let mut here = false;
    let mut found = false;
    let (mut id, mut secret, mut token) = (None, None, None);
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            here = section.trim() == profile;
            found |= here;
        } else if here && let Some((key, value)) = line.split_once('=') {
            let value = value.trim().to_owned();
            match key.trim() {
                "aws_access_key_id" => id = Some(value),
                "aws_secret_access_key" => secret = Some(value),
                "aws_session_token" => token = Some(value),
                _ => {}
            }
        }
    }
    match (id, secret) {
        (Some(id), Some(secret)) => Ok(AwsKey { id, secret: Secret::new(secret), token: token.map(Secret::new) }),
        _ => {
            let what = if found { "has no access key" } else { "is not there" };
            let advice = "write its access key into the file, or name another aws_profile";
            Err(Problem::new(format!("profile {} of Amazon {what} in {shown}", visible(profile)), advice))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";

    /// Names, requests and signatures of the test suite that Amazon publishes for Signature Version 4.
    #[test]
    fn the_signatures_of_the_published_test_suite() {
        let unreserved = "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let cases = [
            ("get-vanilla", "GET", "/", None, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
            (
                "get-vanilla-query-order-key-case",
                "GET",
                "/?Param2=value2&Param1=value1",
                None,
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
            (
                "get-vanilla-utf8-query",
                "GET",
                "/?%E1%88%B4=bar",
                None,
                "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
            ),
            (
                "get-unreserved",
                "GET",
                unreserved,
                None,
                "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
            ),
            ("post-vanilla", "POST", "/", None, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
            (
                "post-vanilla-query",
                "POST",
                "/?Param1=value1",
                None,
                "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
            ),
            (
                "post-sts-header-before",
                "POST",
                "/",
                Some(TOKEN),
                "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
            ),
        ];
        let at = "2015-08-30T12:36:00Z".parse().unwrap();
        for (name, method, path, token, signature) in cases {
            let signer = Signer {
                key: AwsKey {
                    id: "AKIDEXAMPLE".to_owned(),
                    secret: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                    token: token.map(Secret::new),
                },
                region: "us-east-1".to_owned(),
                service: "service",
            };
            let url = format!("https://example.amazonaws.com{path}").parse().unwrap();
            let headers = signer.headers(method, &url, b"", at);
            let sent = headers.last().unwrap().1.to_str().unwrap();
            assert!(sent.ends_with(signature), "{name}: {sent}");
            assert!(sent.contains("Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request"), "{sent}");
        }
    }

    /// The suite's get-utf8 signs a path that was not encoded before; ours are, and `*` stands in names of indices.
    #[test]
    fn a_path_is_encoded_as_it_was_sent() {
        let encoded = |path: &str| utf8_percent_encode(path, PATH).to_string();
        assert_eq!(encoded("/\u{1234}"), "/%E1%88%B4");
        assert_eq!(encoded("/logs-*/_search"), "/logs-%2A/_search");
        assert_eq!(encoded("/a%2Cb"), "/a%252Cb");
    }

    #[test]
    fn the_port_belongs_to_the_host_unless_it_is_everybodys() {
        for (url, expected) in [
            ("https://es.example/", "es.example"),
            ("https://es.example:443/", "es.example"),
            ("https://es.example:9200/x?y=z", "es.example:9200"),
        ] {
            assert_eq!(host(&url.parse().unwrap()), expected);
        }
    }

    #[test]
    fn keys_are_those_of_the_profile_that_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("credentials");
        std::fs::write(
            &file,
            "[default]\naws_access_key_id = AKID1EXAMPLE\naws_secret_access_key = s1EXAMPLE\n\n[ audit ]\n# ours\n\
             aws_access_key_id=AKID2EXAMPLE\naws_secret_access_key=s2=EXAMPLE\naws_session_token=t2\n[sso]\nx=y\n",
        )
        .unwrap();
        let key = key_of("audit", &file).unwrap();
        assert_eq!((&*key.id, key.secret.reveal()), ("AKID2EXAMPLE", "s2=EXAMPLE"));
        assert_eq!(key.token, Some(Secret::new("t2")));
        assert_eq!(key_of("default", &file).unwrap().token, None);
        let shown = file.display();
        assert_eq!(
            key_of("sso", &file).unwrap_err().what,
            format!("profile sso of Amazon has no access key in {shown}")
        );
        assert_eq!(key_of("x", &file).unwrap_err().what, format!("profile x of Amazon is not there in {shown}"));
        assert!(key_of("x", &folder.path().join("none")).unwrap_err().what.contains("cannot read the keys of Amazon"));
    }
}
