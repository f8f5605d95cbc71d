//! Amazon resource names: `arn:partition:service:region:account:resource`.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arn<'a> {
    pub(super) partition: &'a str,
    pub(super) service: &'a str,
    /// Empty where the resource has none.
    pub(super) region: &'a str,
    /// Empty where the resource has none.
    pub(super) account: &'a str,
    /// Everything after the account, e.g. `role/team/etl` or `cluster-snapshot:orders`.
    pub(super) resource: &'a str,
}

impl<'a> Arn<'a> {
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (arn, partition) = (parts.next()?, parts.next()?);
        let (service, region, account, resource) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let valid = arn == "arn" && partition.starts_with("aws") && !resource.is_empty();
        valid.then_some(Self { partition, service, region, account, resource })
    }

    /// The last part of the resource's path: the name of a role or user.
    pub(super) fn name(&self) -> &'a str {
        self.resource.rsplit('/').next().unwrap_or(self.resource)
    }
}

/// The account of `arn`, if it is not `home`. AWS's own have words there, such as `aws`.
pub(super) fn foreign_account<'a>(arn: &'a str, home: Option<&str>) -> Option<&'a str> {
    let account = Arn::of(arn)?.account;
    (is_account(account) && account != home?).then_some(account)
}

/// Whether the text is the number of an account.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let arn = Arn::of("arn:aws:rds:us-east-1:111122223333:cluster-snapshot:rds:orders-1").unwrap();
        assert_eq!((arn.service, arn.region, arn.account), ("rds", "us-east-1", "111122223333"));
        assert_eq!(arn.resource, "cluster-snapshot:rds:orders-1");
        assert_eq!(Arn::of("arn:aws-us-gov:iam::111122223333:role/a/b").map(|a| a.name()), Some("b"));
        for bad in ["", "arn:aws:rds", "arn:other:rds:r:a:x", "urn:aws:rds:r:a:x", "arn:aws:rds:r:a:"] {
            assert_eq!(Arn::of(bad), None, "{bad}");
        }
    }
}
