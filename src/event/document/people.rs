//! The people of a document: who acted (`user.*`, `service.name`), on whom (`user.target.*`, `group.*`), and everybody
//! and everything named, for looking up (`related.*`).

use std::net::IpAddr;

use serde_json::Value;

use super::super::tree::{get, set_new};
use super::{Mapping, plain_text};

impl Mapping {
    /// `user.*` of whoever acted; `service.name` instead where a service acted by itself.
    pub(super) fn actor(&mut self) {
        let kind = self.text("userIdentity.type").map(str::to_owned);
        let kind = kind.as_deref();
        if kind == Some("AWSService") {
            let service = get(&self.json, "userIdentity.invokedBy").cloned();
            set_new(&mut self.doc, "service.name", service);
            return;
        }
        self.rename("userIdentity.userName", "user.name");
        self.rename("userIdentity.principalId", "user.id");
        if matches!(kind, Some("AssumedRole" | "FederatedUser")) {
            self.copy("userIdentity.sessionContext.sessionIssuer.userName", "user.name");
            if let Some(session) = self.text("userIdentity.arn").and_then(session_name).map(str::to_owned) {
                if let Some((local, _)) = session.split_once('@') {
                    self.add_related(local.to_owned());
                    set_new(&mut self.doc, "user.email", Some(session.as_str()));
                }
                self.add_related(session);
            }
        }
        if kind == Some("IdentityCenterUser") {
            self.rename("userIdentity.onBehalfOf.userId", "user.id");
        }
        if self.text("eventName") == Some("UserAuthentication") && get(&self.doc, "user.name").is_none() {
            self.rename("additionalEventData.UserName", "user.name");
        }
    }

    pub(super) fn targets(&mut self) {
        for (from, to) in [
            ("responseElements.group.groupId", "group.id"),
            ("responseElements.user.userId", "user.target.id"),
            ("requestParameters.newUserName", "user.changes.name"),
            ("requestParameters.groupName", "group.name"),
            ("requestParameters.userName", "user.target.name"),
        ] {
            self.copy(from, to);
        }
    }

    pub(super) fn related(&mut self) {
        let name = get(&self.doc, "user.name").and_then(Value::as_str);
        if let Some(name) = name.filter(|name| name.find('@').is_some_and(|at| at > 0)).map(str::to_owned) {
            set_new(&mut self.doc, "user.email", Some(name));
        }
        for field in ["user.id", "user.name", "user.changes.name"] {
            if let Some(text) = get(&self.doc, field).and_then(plain_text) {
                self.add_related(text);
            }
        }
        let users = std::mem::take(&mut self.related);
        set_new(&mut self.doc, "related.user", Some(users));
        let address = get(&self.doc, "source.ip").cloned();
        set_new(&mut self.doc, "related.ip", address.map(|address| vec![address]));
        let hosts = ["source.address", "tls.client.server_name"]
            .iter()
            .filter_map(|field| get(&self.doc, field).and_then(Value::as_str))
            .filter(|host| is_host_name(host))
            .fold(Vec::new(), |mut hosts: Vec<&str>, host| {
                if !hosts.contains(&host) {
                    hosts.push(host);
                }
                hosts
            });
        let hosts: Vec<Value> = hosts.into_iter().map(Value::from).collect();
        set_new(&mut self.doc, "related.hosts", Some(hosts));
    }

    pub(super) fn relate(&mut self, paths: &[&str]) {
        for path in paths {
            if let Some(text) = get(&self.json, path).and_then(plain_text) {
                self.add_related(text);
            }
        }
    }

    fn add_related(&mut self, user: String) {
        if !user.is_empty() && !self.related.contains(&user) {
            self.related.push(user);
        }
    }
}

/// The last part of an STS ARN: the name of the session.
fn session_name(arn: &str) -> Option<&str> {
    let rest = arn.strip_prefix("arn:aws:sts:").or_else(|| arn.strip_prefix("arn:aws-us-gov:sts:"))?;
    rest.rsplit_once('/').map(|(_, name)| name)
}

/// Whether an address that may be anything CloudTrail writes (`AWS Internal`, an IP address) is the name of a host.
fn is_host_name(text: &str) -> bool {
    text.contains('.')
        && text.parse::<IpAddr>().is_err()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
}
