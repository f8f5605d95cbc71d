//! A1, A5, A6: what is sent to whom, and what is said when it is not accepted.

use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::super::super::profile::{AwsKey, Secret, Secrets};
use super::*;

fn get() -> Request<'static> {
    Request::new(Method::Get, "x")
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn hidden(&self, text: &str) -> String {
        text.replace(&self.0.path().display().to_string(), "DIR")
    }
}

/// The header that a server gets with this profile.
fn sent(profile: Profile) -> String {
    let server = Server::new(&[Reply::json(200, "{}")]);
    with(&server, profile).send(&get()).unwrap();
    server.asked()[0].header("authorization").unwrap().to_owned()
}

#[test]
fn an_api_key_is_sent_in_its_encoded_form() {
    let folder = Folder::new();
    for text in ["id:keyEXAMPLE\n", "id:keyEXAMPLE", "aWQ6a2V5RVhBTVBMRQ==\r\n"] {
        let file = folder.write("key", text.as_bytes());
        assert_eq!(sent(Profile { api_key_file: Some(file), ..Profile::default() }), "ApiKey aWQ6a2V5RVhBTVBMRQ==");
    }
    // That of the environment comes first.
    let secrets = Secrets { api_key: Some(Secret::new("id:otherEXAMPLE")), ..Secrets::default() };
    let file = folder.write("key", b"id:keyEXAMPLE");
    let profile = Profile { api_key_file: Some(file), secrets, ..Profile::default() };
    assert_eq!(sent(profile), format!("ApiKey {}", STANDARD.encode("id:otherEXAMPLE")));
}

#[test]
fn a_password_is_every_character_of_its_line() {
    let folder = Folder::new();
    let user = Some("mk".to_owned());
    for (text, password) in [(":@%/é\n", ":@%/é"), ("a b \r\n", "a b "), ("x\n\n", "x\n")] {
        let password_file = Some(folder.write("password", text.as_bytes()));
        let header = sent(Profile { user: user.clone(), password_file, ..Profile::default() });
        assert_eq!(header, format!("Basic {}", STANDARD.encode(format!("mk:{password}"))));
    }
    let secrets = Secrets { password: Some(Secret::new("of the environment")), ..Secrets::default() };
    assert_eq!(
        sent(Profile { user, secrets, ..Profile::default() }),
        format!("Basic {}", STANDARD.encode("mk:of the environment"))
    );
}

#[test]
fn requests_to_amazon_are_signed_with_their_body() {
    let key = AwsKey {
        id: "AKIDEXAMPLE".to_owned(),
        secret: Secret::new("secretEXAMPLE"),
        token: Some(Secret::new("tokenEXAMPLE")),
    };
    let secrets = Secrets { aws_key: Some(key), ..Secrets::default() };
    let profile = Profile { aws_region: Some("eu-west-1".to_owned()), secrets, ..Profile::default() };
    let server = Server::new(&[Reply::json(200, "{}")]);
    let client = with(&server, profile);
    for body in [b"{}\n".as_slice(), b"[]\n"] {
        client.send(&Request { body: Body::Lines(body), ..Request::new(Method::Post, "_bulk") }).unwrap();
    }
    let asked = server.asked();
    let header = |number: usize| asked[number].header("authorization").unwrap();
    assert!(header(0).starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/2"), "{}", header(0));
    assert!(header(0).contains("/eu-west-1/es/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token,"));
    assert_ne!(header(0).rsplit('=').next(), header(1).rsplit('=').next());
    assert_eq!(asked[0].header("x-amz-security-token"), Some("tokenEXAMPLE"));
    assert_eq!(asked[0].header("host"), Some(&*format!("127.0.0.1:{}", server.port)));
    assert_eq!(asked[0].head.matches("ost:").count(), 1);
}

#[test]
fn what_is_not_accepted_names_its_file_and_is_not_insisted_on() {
    let folder = Folder::new();
    let answers = [
        r#"{"error":{"root_cause":[{"type":"security_exception","reason":"unable to authenticate user [mk]"}],"type":"security_exception","reason":"unable to authenticate user [mk] for REST request [/x]"},"status":401}"#,
        "Unauthorized",
        "",
    ];
    for answer in answers {
        let server = Server::new(&[Reply::new(401, &[], answer.as_bytes())]);
        let password_file = Some(folder.write("password", b"wrong"));
        let client = with(&server, Profile { user: Some("mk".to_owned()), password_file, ..Profile::default() });
        let expected = "cluster prod (http://127.0.0.1:PORT): it does not accept user mk with the password in DIR/password \
                        (401); correct it; a new one is taken without a restart";
        for _ in 0..3 {
            let failure = failure(&client, &get());
            assert_eq!((failure.kind, failure.status), (FailureKind::Unauthorized, Some(401)));
            assert_eq!(folder.hidden(&said(&failure, &server)), expected);
        }
        assert_eq!(server.asked().len(), 1);
    }
}

#[test]
fn a_new_key_in_the_file_is_taken_without_a_restart() {
    let folder = Folder::new();
    let file = folder.write("key", b"id:oldEXAMPLE");
    let refused = Reply::json(401, "{}");
    let server = Server::new(&[
        Reply::json(200, "{}"),
        refused.clone(),
        Reply::json(200, "{}"),
        refused,
        Reply::json(200, "{}"),
    ]);
    let client = with(&server, Profile { api_key_file: Some(file), ..Profile::default() });
    client.send(&get()).unwrap();
    // Changed before it is refused: the request does not even fail.
    folder.write("key", b"id:newEXAMPLE");
    client.send(&get()).unwrap();
    // Changed after.
    assert!(client.send(&get()).is_err());
    folder.write("key", b"id:newestEXAMPLE");
    client.send(&get()).unwrap();
    let keys: Vec<_> = server.asked().iter().map(|asked| asked.header("authorization").unwrap().to_owned()).collect();
    let encoded = |key: &str| format!("ApiKey {}", STANDARD.encode(format!("id:{key}EXAMPLE")));
    assert_eq!(keys, ["old", "old", "new", "new", "newest"].map(encoded));
}

#[test]
fn a_key_that_is_allowed_more_is_taken_too() {
    let folder = Folder::new();
    let file = folder.write("key", b"id:oldEXAMPLE");
    let server = Server::new(&[Reply::json(403, "{}"), Reply::json(403, "{}"), Reply::json(200, "{}")]);
    let client = with(&server, Profile { api_key_file: Some(file), ..Profile::default() });
    assert_eq!(failure(&client, &get()).kind, FailureKind::Forbidden);
    folder.write("key", b"id:newEXAMPLE");
    assert_eq!(client.send(&get()).unwrap(), b"{}");
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn redirects_are_not_followed() {
    let other = Server::new(&[Reply::json(200, "{}")]);
    for status in [301, 302, 307, 308] {
        let server = Server::new(&[Reply::new(status, &[&format!("Location: {}/x", other.url())], b"")]);
        let secrets = Secrets { api_key: Some(Secret::new("id:keyEXAMPLE")), ..Secrets::default() };
        let failure = failure(&with(&server, Profile { secrets, ..Profile::default() }), &get());
        assert_eq!(
            said(&failure, &server),
            format!(
                "cluster prod (http://127.0.0.1:PORT): it answers that the cluster is somewhere else ({status}), which is not \
                 followed; write the address of the cluster itself in url"
            )
        );
        assert_eq!(failure.kind, FailureKind::Redirected);
    }
    assert_eq!(other.asked().len(), 0);
}

#[test]
fn profiles_that_cannot_be_used_say_what_to_write() {
    let folder = Folder::new();
    let url = || vec!["http://192.0.2.1:9200".to_owned()];
    let user = || Some("mk".to_owned());
    let file = |text: &[u8]| Some(folder.write("secret", text));
    let cases = [
        (Profile::default(), "the configuration names no url; add url = [\"https://HOST:9200\"]"),
        (
            Profile { url: vec!["https://mk:hunter2@es.example".to_owned()], ..Profile::default() },
            "a url of the configuration holds a user name or password; write user and password_file beside url instead",
        ),
        (
            Profile { url: vec!["https://mk:hunt er2@es.example".to_owned()], ..Profile::default() },
            "a url of the configuration holds a user name or password; write user and password_file beside url instead",
        ),
        (
            Profile { url: vec!["es.example:9200".to_owned()], ..Profile::default() },
            "es.example:9200 is no address of a server; write https://HOST:PORT, perhaps with a path behind it",
        ),
        (
            Profile { url: vec!["https://es.example/?pretty".to_owned()], ..Profile::default() },
            "https://es.example/?pretty ends in a query; write https://HOST:PORT, perhaps with a path behind it",
        ),
        (
            Profile { url: url(), index: vec!["logs-*".to_owned(), "other:logs-*".to_owned()], ..Profile::default() },
            "the index other:logs-* belongs to another cluster; describe that one as a [cluster.NAME] of its own; several \
             stand side by side",
        ),
        (
            Profile { url: url(), index: vec!["logs/_search?".to_owned()], ..Profile::default() },
            "the index logs/_search? is no name of an index; write names and patterns as in [\"logs-aws.cloudtrail-*\"]",
        ),
        (
            Profile { url: url(), user: user(), ..Profile::default() },
            "the configuration names a user without a password; write the password into a file and name it with \
             password_file",
        ),
        (
            Profile { url: url(), password_file: file(b"x"), ..Profile::default() },
            "the configuration names a password_file without a user; add user",
        ),
        (
            Profile { url: url(), user: user(), api_key_file: file(b"x"), ..Profile::default() },
            "the configuration names more than one kind of credentials; keep one: api_key_file, user with password_file, or \
             aws_region with aws_profile",
        ),
        (
            Profile { url: url(), aws_profile: user(), ..Profile::default() },
            "the configuration does not say in which region the cluster is; add aws_region",
        ),
        (
            Profile { url: url(), aws_region: Some("eu-west-1".to_owned()), ..Profile::default() },
            "there are no keys of Amazon to sign with; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name an \
             aws_profile",
        ),
        (
            Profile { url: url(), api_key_file: Some(folder.0.path().join("none")), ..Profile::default() },
            "cannot read api_key_file DIR/none: No such file or directory (os error 2); check its path and permissions",
        ),
        (
            Profile { url: url(), api_key_file: Some(folder.0.path().to_owned()), ..Profile::default() },
            "api_key_file DIR is no file with a secret; write the secret alone into this file, as one line",
        ),
        (
            Profile { url: url(), api_key_file: Some(folder.write("empty", b"\n")), ..Profile::default() },
            "api_key_file DIR/empty is empty; write the secret alone into this file, as one line",
        ),
        (
            Profile { url: url(), api_key_file: Some(folder.write("two", b"one\ntwo\n")), ..Profile::default() },
            "the API key in DIR/two holds characters that no key has; write the key alone into it",
        ),
    ];
    for (profile, expected) in cases {
        let failure = Client::new("prod", profile).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Configuration);
        assert_eq!(folder.hidden(&failure.to_string()), format!("cluster prod: {expected}"));
    }
}

/// Whatever happens, secrets are in the request and nowhere else.
#[test]
fn no_secret_is_shown() {
    let folder = Folder::new();
    let aws_file = folder.write("aws", b"[default]\naws_access_key_id=AKIDEXAMPLE\naws_secret_access_key=hunter2\n");
    let profiles = [
        Profile { api_key_file: Some(folder.write("key", b"id:hunter2")), ..Profile::default() },
        Profile {
            user: Some("mk".to_owned()),
            password_file: Some(folder.write("password", b"hunter2")),
            ..Profile::default()
        },
        Profile {
            secrets: Secrets { api_key: Some(Secret::new("id:hunter2")), ..Secrets::default() },
            ..Profile::default()
        },
        Profile {
            aws_profile: Some("default".to_owned()),
            aws_region: Some("eu-west-1".to_owned()),
            secrets: Secrets { aws_file: Some(aws_file), ..Secrets::default() },
            ..Profile::default()
        },
    ];
    let secrets = ["hunter2".to_owned(), STANDARD.encode("id:hunter2"), STANDARD.encode("mk:hunter2")];
    for profile in profiles {
        for status in [200, 302, 400, 401, 403, 404, 429, 500, 503] {
            let server = Server::new(&[Reply::new(status, &[], b"<html>")]);
            let client = with(&server, profile.clone());
            let failure = failure(&client, &Request { deadline: Duration::from_millis(50), ..get() });
            let shown = format!("{failure} {failure:?} {client:?} {:?} {:?}", client.profile(), get());
            assert!(secrets.iter().all(|secret| !shown.contains(secret)), "{shown}");
        }
    }
}
