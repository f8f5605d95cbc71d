mod credentials;
mod identity;
mod refusals;
mod sending;
pub(in crate::cluster) mod server;
mod tls;

use super::*;
use server::{Reply, Server};

fn client(server: &Server) -> Client {
    with(server, Profile::default())
}

fn with(server: &Server, profile: Profile) -> Client {
    Client::new("prod", Profile { url: vec![server.url()], ..profile }).expect("a client")
}

/// The sentence that a request to this server ends with.
fn failure(client: &Client, request: &Request<'_>) -> Failure {
    client.send(request).expect_err("a failure")
}

/// The message without the port, which differs each time.
fn said(failure: &Failure, server: &Server) -> String {
    failure.to_string().replace(&server.port.to_string(), "PORT")
}
