//! A7: whom a client trusts, and what it says of those whom it does not.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

use super::*;

/// An authority, and a folder for its files.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self { issuer, folder: tempfile::tempdir().unwrap() }
    }

    /// Its certificate.
    fn file(&self) -> PathBuf {
        self.write("ca.pem", &self.issuer.pem())
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// A server with a certificate of this authority.
    fn server(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Server {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
            .unwrap();
        Server::tls(Arc::new(config), &[Reply::json(200, "{}")])
    }
}

fn profile(url: String, ca_file: Option<PathBuf>) -> Profile {
    Profile { url: vec![url], ca_file, ..Profile::default() }
}

fn asked(url: String, ca_file: Option<PathBuf>) -> Result<Vec<u8>, Failure> {
    Client::new("prod", profile(url, ca_file)).unwrap().send(&Request::new(Method::Get, ""))
}

/// What it says, without the port and the folder.
fn refused(authority: &Authority, server: &Server, url: &str, ca_file: Option<PathBuf>) -> String {
    let failure = asked(url.to_owned(), ca_file).unwrap_err();
    let kind = failure.kind;
    let text = said(&failure, server).replace(&authority.folder.path().display().to_string(), "DIR");
    format!("{kind:?}: {text}")
}

#[test]
fn a_server_of_the_named_authority_is_trusted() {
    let authority = Authority::new();
    let server = authority.server("localhost", |_| {});
    assert_eq!(asked(format!("https://localhost:{}", server.port), Some(authority.file())).unwrap(), b"{}");
    let server = authority.server("127.0.0.1", |_| {});
    assert_eq!(asked(format!("https://127.0.0.1:{}", server.port), Some(authority.file())).unwrap(), b"{}");
}

#[test]
fn each_reason_not_to_trust_one_has_its_sentence() {
    let (authority, other) = (Authority::new(), Authority::new());
    let good = authority.server("localhost", |_| {});
    let url = format!("https://localhost:{}", good.port);
    let other_file = authority.write("other.pem", &other.issuer.pem());
    assert_eq!(
        refused(&authority, &good, &url, Some(other_file)),
        "Tls: cluster prod (https://localhost:PORT): its certificate is signed by an authority that is not trusted here; the \
         certificates in DIR/other.pem did not sign it"
    );
    let expired = authority.server("localhost", |params| params.not_after = date_time_ymd(2020, 1, 1));
    assert_eq!(
        refused(&authority, &expired, &format!("https://localhost:{}", expired.port), Some(authority.file())),
        "Tls: cluster prod (https://localhost:PORT): its certificate has expired; have it renewed, or check the clock of this \
         machine"
    );
    let early = authority.server("localhost", |params| params.not_before = date_time_ymd(4000, 1, 1));
    assert_eq!(
        refused(&authority, &early, &format!("https://localhost:{}", early.port), Some(authority.file())),
        "Tls: cluster prod (https://localhost:PORT): its certificate is not valid yet; check the clock of this machine"
    );
    let other_name = authority.server("es.example", |_| {});
    assert_eq!(
        refused(&authority, &other_name, &format!("https://localhost:{}", other_name.port), Some(authority.file())),
        "Tls: cluster prod (https://localhost:PORT): its certificate is for another name; write a name of the certificate in \
         url, such as es.example"
    );
    // A server without TLS ends the connection, or answers what it did not understand.
    let plain = Server::new(&[Reply::json(200, "{}")]);
    assert_eq!(
        refused(&authority, &plain, &format!("https://localhost:{}", plain.port), Some(authority.file())),
        "Unreachable: cluster prod (https://localhost:PORT): the connection broke before the answer was whole; if the server \
         expects plain HTTP, write http:// in url"
    );
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.read_exact(&mut [0; 5]).unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        }
    });
    let failure = asked(format!("https://localhost:{port}"), Some(authority.file())).unwrap_err();
    assert_eq!(
        format!("{:?}: {failure}", failure.kind).replace(&port.to_string(), "PORT"),
        "Tls: cluster prod (https://localhost:PORT): what answers there does not speak TLS; if the server expects plain HTTP, \
         write http:// in url"
    );
    assert_eq!(
        refused(&authority, &good, &format!("http://localhost:{}", good.port), None),
        "Garbage: cluster prod (http://localhost:PORT): what answers there does not speak HTTP; if the server expects TLS, \
         write https:// in url"
    );
    // None of them heard of a request.
    assert_eq!(good.asked().len() + expired.asked().len() + early.asked().len() + other_name.asked().len(), 0);
}

#[test]
fn servers_that_say_themselves_that_they_expect_tls_are_understood() {
    let authority = Authority::new();
    let page = "<html><body>The plain HTTP request was sent to HTTPS port</body></html>";
    let server = Server::new(&[Reply::new(400, &["Content-Type: text/html"], page.as_bytes())]);
    assert_eq!(
        refused(&authority, &server, &server.url(), None),
        "Tls: cluster prod (http://127.0.0.1:PORT): it expects TLS (400); write https:// in url"
    );
    let server = Server::new(&[Reply::Cut(Vec::new())]);
    assert_eq!(
        refused(&authority, &server, &server.url(), None),
        "Unreachable: cluster prod (http://127.0.0.1:PORT): the connection broke before the answer was whole; if the server \
         expects TLS, write https:// in url"
    );
}

#[test]
fn a_ca_file_that_is_none_is_said_before_anything_is_asked() {
    let authority = Authority::new();
    let key = KeyPair::generate().unwrap().serialize_pem();
    let cases = [
        (
            authority.write("key.pem", &key),
            "cluster prod: ca_file DIR/key.pem holds a private key, no certificate; name the file with the certificate of the \
             authority (BEGIN CERTIFICATE)",
        ),
        (
            authority.write("text.pem", "no such thing"),
            "cluster prod: ca_file DIR/text.pem holds no certificate in PEM; name the file with the certificate of the \
             authority (BEGIN CERTIFICATE)",
        ),
        (
            authority.write("half.pem", &authority.issuer.pem()[..120]),
            "cluster prod: ca_file DIR/half.pem is damaged; copy the PEM file again",
        ),
        (
            authority.folder.path().join("none.pem"),
            "cluster prod: cannot read ca_file DIR/none.pem: No such file or directory (os error 2); check its path and \
             permissions",
        ),
    ];
    for (file, expected) in cases {
        let failure = Client::new("prod", profile("https://localhost".to_owned(), Some(file))).unwrap_err();
        assert_eq!(failure.kind, FailureKind::Configuration);
        assert_eq!(failure.to_string().replace(&authority.folder.path().display().to_string(), "DIR"), expected);
    }
}

/// One of two nodes with a certificate that has expired while the console ran holds nothing up.
#[test]
fn another_node_is_asked_where_one_is_not_trusted() {
    let authority = Authority::new();
    let expired = authority.server("localhost", |params| params.not_after = date_time_ymd(2020, 1, 1));
    let good = authority.server("localhost", |_| {});
    let url = [&expired, &good].map(|server| format!("https://localhost:{}", server.port)).to_vec();
    let profile = Profile { url, ca_file: Some(authority.file()), ..Profile::default() };
    let client = Client::new("prod", profile).unwrap();
    assert_eq!(client.send(&Request::new(Method::Put, "x")).unwrap(), b"{}");
    assert_eq!((expired.asked().len(), good.asked().len()), (0, 1));
}

#[test]
fn another_authority_in_the_file_is_taken_without_a_restart() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = authority.server("localhost", |_| {});
    let file = authority.write("trusted.pem", &other.issuer.pem());
    let client =
        Client::new("prod", profile(format!("https://localhost:{}", server.port), Some(file.clone()))).unwrap();
    let ask = || client.send(&Request::new(Method::Put, "x"));
    assert_eq!(ask().unwrap_err().kind, FailureKind::Tls);
    fs::write(&file, "half of a").unwrap();
    assert_eq!(ask().unwrap_err().kind, FailureKind::Tls);
    fs::write(&file, authority.issuer.pem()).unwrap();
    assert_eq!(ask().unwrap(), b"{}");
}
