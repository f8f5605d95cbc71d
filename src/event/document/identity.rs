//! The identity fields of a document: who acted (`user.*`, `service.name`), on whom (`user.target.*`, `group.*`), and everybody
//! and everything named, for looking up (`related.*`).

use std::borrow::Cow;
use std::net::IpAddr;

use super::super::json::{Json, Object};
use super::super::record::acting_service;
use super::super::tree::{get, set_new};
use super::{Mapping, plain_text, text_of};

/// The shortest text that can be the id of an instance.
const INSTANCE_ID: usize = 10;
/// Behind the names of AWS's own hosts.
const AWS_HOST: &str = ".amazonaws.com";

impl<'a> Mapping<'a, '_> {
    /// `user.*` of whoever acted; `service.name` instead where a service acted by itself.
    pub(super) fn actor(&mut self) {
        let kind = self.shared("userIdentity.type");
        let kind = kind.as_deref();
        let issuer = self.shared("userIdentity.sessionContext.sessionIssuer.arn");
        let service = acting_service(kind, self.text("userIdentity.invokedBy"), issuer.as_deref()).map(str::to_owned);
        let is_user = service.is_none();
        set_new(&mut self.doc, "service.name", service);
        if is_user {
            self.rename("userIdentity.userName", "user.name");
            self.rename("userIdentity.principalId", "user.id");
            if matches!(kind, Some("AssumedRole" | "FederatedUser")) {
                self.copy("userIdentity.sessionContext.sessionIssuer.userName", "user.name");
            }
        }
        if matches!(kind, Some("AssumedRole" | "FederatedUser" | "IdentityCenterUser"))
            && let Some(session) = self.text("userIdentity.arn").and_then(session_name).map(str::to_owned)
        {
            self.add_related(session.clone().into());
            if let Some((local, _)) = session.split_once('@') {
                self.add_related(local.to_owned().into());
                set_new(&mut self.doc, "user.email", Some(session));
            }
        }
        self.copy("userIdentity.onBehalfOf.userId", "aws.cloudtrail.user_identity.on_behalf_of.user_id");
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
        let name = get(&self.doc, "user.name").and_then(text_of);
        if let Some(name) = name.filter(|name| name.find('@').is_some_and(|at| at > 0)) {
            set_new(&mut self.doc, "user.email", Some(name));
        }
        let on_behalf_of = "aws.cloudtrail.user_identity.on_behalf_of.user_id";
        for field in ["user.id", "user.name", "user.changes.name", on_behalf_of] {
            if let Some(text) = get(&self.doc, field).and_then(plain_text) {
                self.add_related(text);
            }
        }
        let users = std::mem::take(&mut self.related);
        set_new(&mut self.doc, "related.user", Some(users));
        let (addresses, hosts) = (self.addresses(), self.hosts());
        set_new(&mut self.doc, "related.ip", Some(addresses));
        set_new(&mut self.doc, "related.hosts", Some(hosts));
    }

    fn addresses(&self) -> Vec<String> {
        let own = get(&self.doc, "source.ip").and_then(Json::as_str);
        let of_service = self.text("serviceEventDetails.sourceIpAddress").filter(|text| text.parse::<IpAddr>().is_ok());
        let mut addresses: Vec<String> = own.into_iter().chain(of_service).map(str::to_owned).collect();
        addresses.dedup();
        addresses
    }

    /// Names of hosts that are not AWS's own, and ids of instances.
    fn hosts(&self) -> Vec<String> {
        let mut hosts = Vec::new();
        let mut add = |host: &str| {
            if !hosts.iter().any(|known| known == host) {
                hosts.push(host.to_owned());
            }
        };
        let doc = |field: &str| get(&self.doc, field).and_then(Json::as_str).filter(|host| !host.ends_with(AWS_HOST));
        doc("tls.client.server_name").into_iter().for_each(&mut add);
        // What is no address may also be words, such as `AWS Internal`.
        if get(&self.doc, "source.ip").is_none() {
            doc("source.address")
                .filter(|host| host.contains('.') && !host.contains(' '))
                .into_iter()
                .for_each(&mut add);
        }
        self.text("requestParameters.computerName").into_iter().for_each(&mut add);
        let mut instance = |id: &str| {
            if id.len() >= INSTANCE_ID && id.starts_with("i-") {
                add(id);
            }
        };
        let resources = get(&self.doc, "aws.cloudtrail.resources").and_then(Json::as_list);
        for arn in resources.into_iter().flatten().filter_map(|resource| resource.as_object()?.get("arn")?.as_str()) {
            if let Some((_, id)) = arn.rsplit_once('/').filter(|_| arn.contains(":instance/")) {
                instance(id);
            }
        }
        for part in ["requestParameters", "responseElements"] {
            if let Some(Json::Object(part)) = self.json.get(part) {
                instances(part, &mut instance);
            }
        }
        hosts
    }

    pub(super) fn relate(&mut self, paths: &[&str]) {
        for path in paths {
            if let Some(text) = get(&self.json, path).and_then(plain_text) {
                self.add_related(text);
            }
        }
    }

    fn add_related(&mut self, user: Cow<'a, str>) {
        if !user.is_empty() && !self.related.contains(&user) {
            self.related.push(user);
        }
    }
}

/// Calls `found` with whatever stands where calls name instances.
fn instances(part: &Object<'_>, found: &mut dyn FnMut(&str)) {
    for path in ["instanceId", "target", "resourceId"] {
        part.get(path).and_then(Json::as_str).into_iter().for_each(&mut *found);
    }
    let list = |path| get(part, path).and_then(Json::as_list).into_iter().flatten();
    list("instanceIds").filter_map(Json::as_str).for_each(&mut *found);
    list("instancesSet.items").filter_map(|item| item.as_object()?.get("instanceId")?.as_str()).for_each(&mut *found);
}

/// The last part of an STS ARN: the name of the session.
fn session_name(arn: &str) -> Option<&str> {
    let (partition, rest) = arn.strip_prefix("arn:")?.split_once(':')?;
    let named = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let rest = rest.strip_prefix("sts:").filter(|_| !partition.is_empty() && partition.bytes().all(named))?;
    rest.rsplit_once('/').map(|(_, name)| name)
}
