//! Search clusters: the program against real servers, and between faults.

#![expect(dead_code, reason = "helpers for tests that are being written")]

mod candidates;
mod client;
mod deciding;
pub(crate) mod desk;
mod feed;
pub(crate) mod http;
pub(crate) mod node;
pub(crate) mod proxy;

mod nodes;
mod once;
mod windows;

/// Makes tests of functions that take a node: `NAME::elasticsearch` and `NAME::opensearch`, each on a real one.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            use crate::cluster::node::{Node, Vendor};

            #[test]
            fn elasticsearch() {
                Node::shared(Vendor::Elasticsearch).into_iter().for_each(super::$name);
            }

            #[test]
            fn opensearch() {
                Node::shared(Vendor::Opensearch).into_iter().for_each(super::$name);
            }
        }
    )+};
}
pub(crate) use on_both;
