//! Who answers: by what `GET /` and the headers say, or by what is taken.

use serde_json::{Value, json};
use ureq::http::HeaderMap;

use super::super::failure::{Failure, FailureKind};
use super::super::vendor::Vendor;
use super::{Body, Client, Method, Request};

impl Client {
    /// Which of the two servers answers.
    ///
    /// # Errors
    /// Those of [`Self::greet`], where no answer has told it yet.
    pub fn vendor(&self, stop: Option<&(dyn Fn() -> bool + Sync)>) -> Result<Vendor, Failure> {
        self.shared.vendor.get().map_or_else(|| self.greet(stop), |vendor| Ok(*vendor))
    }

    /// Asks who answers, once, whatever other answers told. A key that may not ask `GET /` is no hindrance.
    ///
    /// # Errors
    /// [`FailureKind::Unsupported`] for a version that is not supported, and whatever kept it from answering.
    pub fn greet(&self, stop: Option<&(dyn Fn() -> bool + Sync)>) -> Result<Vendor, Failure> {
        let shared = &*self.shared;
        if let Some(vendor) = shared.greeted.get() {
            return Ok(*vendor);
        }
        let found = match self.send(&Request { stop, ..Request::new(Method::Get, "") }) {
            Ok(body) => of_body(&body)
                .map_err(|what| Failure::new(FailureKind::Unsupported, shared.place(shared.nodes.current().1), what))?,
            Err(failure) if matches!(failure.kind, FailureKind::Forbidden | FailureKind::NotFound) => None,
            Err(failure) => return Err(failure),
        };
        let vendor = match (found, shared.vendor.get()) {
            (Some(found), _) => found,
            (None, Some(by_header)) => *by_header,
            (None, None) => self.probed(stop)?,
        };
        let vendor = *shared.vendor.get_or_init(|| vendor);
        Ok(*shared.greeted.get_or_init(|| vendor))
    }

    /// By what only one of them takes in a search, where neither `GET /` nor a header tells.
    fn probed(&self, stop: Option<&(dyn Fn() -> bool + Sync)>) -> Result<Vendor, Failure> {
        let body = json!({"size": 0, "query": {"match_none": {}}, "runtime_mappings": {}});
        let path = format!("{}/_search", self.shared.profile.index.join(","));
        let request = Request {
            query: &[("ignore_unavailable", "true"), ("allow_no_indices", "true")],
            body: Body::Json(&body),
            repeatable: true,
            stop,
            ..Request::new(Method::Post, &path)
        };
        match self.send(&request) {
            Ok(_) => Ok(Vendor::Elasticsearch),
            Err(failure) if failure.kind == FailureKind::Refused => Ok(Vendor::OpenSearch),
            Err(failure) => Err(failure),
        }
    }
}

/// Elasticsearch signs every answer with this header, from 7.14 on.
pub(super) fn of_headers(headers: &HeaderMap) -> Option<Vendor> {
    let product = headers.get("x-elastic-product")?;
    (product.as_bytes() == b"Elasticsearch").then_some(Vendor::Elasticsearch)
}

/// Who answers, or what is not supported about it.
pub(super) fn of_body(body: &[u8]) -> Result<Option<Vendor>, String> {
    let root: Value = serde_json::from_slice(body).unwrap_or_default();
    let version = |key: &str| root.get("version").and_then(|version| version.get(key)).and_then(Value::as_str);
    let tagline = root.get("tagline").and_then(Value::as_str).unwrap_or_default();
    let Some(number) = version("number") else { return Ok(None) };
    let major = number.split('.').next().and_then(|major| major.parse::<u32>().ok());
    if version("distribution") == Some("opensearch") {
        return match major {
            Some(2..) => Ok(Some(Vendor::OpenSearch)),
            _ => Err(format!("OpenSearch {number} is not supported; 2 and later are")),
        };
    }
    // In compatibility mode it calls itself 7.10.2.
    if tagline.starts_with("The OpenSearch Project") {
        return Ok(Some(Vendor::OpenSearch));
    }
    if version("build_flavor") == Some("serverless") {
        return Err("Elasticsearch Serverless is not supported: it does not show sequence numbers by shard".to_owned());
    }
    if tagline != "You Know, for Search" {
        return Ok(None);
    }
    match major {
        Some(8..) => Ok(Some(Vendor::Elasticsearch)),
        _ => Err(format!("Elasticsearch {number} is not supported; 8 and later are")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_answers_is_read_from_the_root() {
        use Vendor::{Elasticsearch, OpenSearch};
        let known = "You Know, for Search";
        let project = "The OpenSearch Project: https://opensearch.org/";
        let cases = [
            (
                json!({"version": {"number": "9.2.0", "build_flavor": "default"}, "tagline": known}),
                Ok(Some(Elasticsearch)),
            ),
            (
                json!({"version": {"number": "2.19.6", "distribution": "opensearch"}, "tagline": project}),
                Ok(Some(OpenSearch)),
            ),
            (json!({"version": {"number": "7.10.2"}, "tagline": project}), Ok(Some(OpenSearch))),
            (
                json!({"version": {"number": "7.17.3"}, "tagline": known}),
                Err("Elasticsearch 7.17.3 is not supported; 8 and later are"),
            ),
            (
                json!({"version": {"number": "1.3.0", "distribution": "opensearch"}}),
                Err("OpenSearch 1.3.0 is not supported; 2 and later are"),
            ),
            (
                json!({"version": {"number": "8.11.0", "build_flavor": "serverless"}, "tagline": known}),
                Err("Elasticsearch Serverless is not supported: it does not show sequence numbers by shard"),
            ),
            (json!({"version": {"number": "3.1"}, "tagline": "another"}), Ok(None)),
            (json!([1]), Ok(None)),
        ];
        for (root, expected) in cases {
            let found = of_body(root.to_string().as_bytes());
            assert_eq!(found, expected.map_err(str::to_owned), "{root}");
        }
    }
}
