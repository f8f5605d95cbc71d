//! Search clusters: the program against real servers ([`node`]), and between faults ([`proxy`]). **All once** is
//! [`desk::Desk::all_once`]: the alerts of `scan` over the same documents as files, each once, in a console too, and over
//! its restart.
//!
//! | what goes wrong | test |
//! | --- | --- |
//! | an index that is refreshed late | `times::what_a_slow_index_shows_later_is_found_then` |
//! | times that are missing, of 2099, days late, in nanoseconds | the others of `times` |
//! | stopped while much came in | `times::what_came_while_nobody_watched_is_read` |
//! | a field of another type in one index | `whole::a_field_of_another_type_hides_no_index` |
//! | 200 and `timed_out`; 200 and fewer shards; shards skipped | `whole::an_answer_cut_by_time…`, `whole::shards_…` |
//! | one red index of ten; red at its rollover | `whole::a_red_index…`, `whole::an_index_that_is_red…` |
//! | equals at the edge of a page, small windows | `pages::equals_…`, `pages::an_index_that_allows_small_pages_only` |
//! | a node killed between pages; 503 and 400 in the third | `pages::killed_between_pages`, `pages::a_failure_…` |
//! | no template; fields that cannot be asked for; values too long | `mapping` |
//! | `_source` off or synthetic; dotted names, arrays in arrays | `mapping` |
//! | 400 rules, 60 long names | `names::many_long_names_and_many_rules` |
//! | 429 of the circuit breaker; with `Retry-After` | `pages::a_server_…` |
//! | lone surrogates, 1e400, 200 deep; 40 MB | `mapping::documents_that_break…`, `mapping::a_document_of_forty…` |
//! | a pattern of nothing; closed; alias and index; rollover | `names` |
//! | one event in two indices and a folder | `names::one_event_at_three_places_is_one_alert` |
//! | HTML of a gateway, answers cut or silent, garbage, redirects, a path | `pages` |
//! | four writers, a rollover and a killed primary, with a replica and without | `killed` |
//! | a role that allows the least; one node of three that hold the decisions | `roles`, `deciding::one_of_three…` |
//! | one document over 256 MB; more patterns than an address takes | `mapping::a_document_larger…`, `names::many_long…` |
//! | 403 or a block of one index of two; deleted, restored, untold; fields made up | `strange` |
//! | nothing: a whole triage by keys, and who sees it; nobody asked to share | `team` |
//!
//! Secrets, certificates, status codes and deadlines are the client's own tests (`src/cluster/client/tests`); the feed's,
//! on real nodes, are in `feed`, what servers are asked in `candidates`, stretches of time in `windows`; what a scan asks
//! first, of no server at all, in `opening`.

mod candidates;
mod client;
mod deciding;
pub(crate) mod desk;
mod feed;
pub(crate) mod http;
mod killed;
mod mapping;
mod names;
pub(crate) mod node;
mod nodes;
mod once;
mod opening;
mod pages;
pub(crate) mod proxy;
mod roles;
mod strange;
mod team;
mod times;
mod whole;
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
