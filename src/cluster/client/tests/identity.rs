//! A3, A4: who answers.

use super::*;

const ELASTIC: &str = r#"{"version":{"number":"9.2.0","build_flavor":"default"},"tagline":"You Know, for Search"}"#;
const OPEN: &str = r#"{"version":{"number":"2.19.6","distribution":"opensearch"},"tagline":"The OpenSearch Project: https://opensearch.org/"}"#;
const FORBIDDEN: &str =
    r#"{"error":{"type":"security_exception","reason":"action [cluster:monitor/main] is unauthorized"},"status":403}"#;

fn vendor(replies: &[Reply]) -> (Result<Vendor, Failure>, Vec<String>) {
    let server = Server::new(replies);
    let client = with(&server, Profile { index: vec!["logs-*".to_owned(), "x".to_owned()], ..Profile::default() });
    let found = client.vendor(None);
    // Asked once.
    if let Ok(found) = found {
        assert_eq!(client.vendor(None), Ok(found));
    }
    (found, server.asked().iter().map(|asked| asked.line().to_owned()).collect())
}

#[test]
fn the_root_tells() {
    for (root, expected) in [(ELASTIC, Vendor::Elasticsearch), (OPEN, Vendor::OpenSearch)] {
        let (found, asked) = vendor(&[Reply::json(200, root)]);
        assert_eq!(found, Ok(expected));
        assert_eq!(asked, ["GET / HTTP/1.1"]);
    }
}

#[test]
fn a_header_of_any_answer_tells() {
    let header = ["X-elastic-product: Elasticsearch"];
    let (found, asked) = vendor(&[Reply::new(403, &header, FORBIDDEN.as_bytes())]);
    assert_eq!(found, Ok(Vendor::Elasticsearch));
    assert_eq!(asked.len(), 1);

    let server = Server::new(&[Reply::new(200, &header, b"{}")]);
    let client = client(&server);
    client.send(&Request::new(Method::Get, "_search")).unwrap();
    assert_eq!(client.vendor(None), Ok(Vendor::Elasticsearch));
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn where_nothing_tells_a_search_does() {
    let refused = r#"{"error":{"type":"parsing_exception","reason":"Unknown key for a START_OBJECT in [runtime_mappings]."},"status":400}"#;
    for root in [Reply::json(403, FORBIDDEN), Reply::json(404, "<html>"), Reply::json(200, r#"{"hello":"proxy"}"#)] {
        let (found, asked) = vendor(&[root.clone(), Reply::json(200, "{}")]);
        assert_eq!(found, Ok(Vendor::Elasticsearch));
        assert_eq!(asked[1], "POST /logs-*,x/_search?ignore_unavailable=true&allow_no_indices=true HTTP/1.1");
        assert_eq!(vendor(&[root, Reply::json(400, refused)]).0, Ok(Vendor::OpenSearch));
    }
}

#[test]
fn what_is_not_supported_is_said() {
    let old = r#"{"version":{"number":"7.17.3"},"tagline":"You Know, for Search"}"#;
    let failure = vendor(&[Reply::json(200, old)]).0.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unsupported);
    assert_eq!(failure.what, "Elasticsearch 7.17.3 is not supported; 8 and later are");
    let failure = vendor(&[Reply::json(401, "")]).0.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unauthorized);
}
