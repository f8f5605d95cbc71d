//! `cluster:NAME` among the paths of a command: a search cluster of the configuration, with what the environment says
//! of it.

use std::path::{Path, PathBuf};

use anyhow::bail;

use super::output;
use super::settings::Settings;
use crate::cluster::{AwsKey, Client, Profile, Secret};
use crate::diag::Diagnostic;
use crate::text::visible;

/// Begins an argument that names a cluster. A file of such a name is given as `./cluster:…`.
const CLUSTER: &str = "cluster:";

/// Takes the clusters out of the paths, each once.
pub(super) fn split(paths: &[PathBuf], settings: &Settings) -> anyhow::Result<(Vec<PathBuf>, Vec<Client>)> {
    let (files, clients) = named_in(paths, settings)?;
    match clients.iter().find(|client| client.profile().index.is_empty()) {
        Some(client) => Err(no_index(client.name())),
        None => Ok((files, clients)),
    }
}

/// Folders and clusters that a console watches, and where its decisions go.
#[derive(Debug)]
pub(super) struct Places {
    pub folders: Vec<PathBuf>,
    /// Clusters with events.
    pub clusters: Vec<Client>,
    /// The cluster in which decisions are shared.
    pub decisions: Option<Client>,
}

/// [`split`] for a console. A cluster that shares decisions need not have events.
pub(super) fn for_console(paths: &[PathBuf], settings: &Settings) -> anyhow::Result<Places> {
    let (folders, clients) = named_in(paths, settings)?;
    let mut sharing = clients.iter().filter(|client| client.profile().decisions.is_some());
    let decisions = sharing.next().cloned();
    if let (Some(one), Some(other)) = (&decisions, sharing.next()) {
        bail!(
            Diagnostic::new(format!(
                "clusters {} and {} both have `decisions`",
                visible(one.name()),
                visible(other.name())
            ))
            .help("decisions are shared in one cluster: take `decisions` out of the other's table")
        );
    }
    if let Some(prefix) = decisions.as_ref().and_then(|client| client.profile().decisions.as_deref())
        && !is_index_name(prefix)
    {
        bail!(
            Diagnostic::new(format!("decisions = {prefix:?} cannot begin the name of an index"))
                .help("take small letters, digits, - and _, beginning with a letter: decisions = \"watchfloor\"")
        );
    }
    if let Some(idle) = clients.iter().find(|c| c.profile().index.is_empty() && c.profile().decisions.is_none()) {
        return Err(no_index(idle.name()));
    }
    let clusters = clients.into_iter().filter(|client| !client.profile().index.is_empty()).collect();
    Ok(Places { folders, clusters, decisions })
}

fn is_index_name(prefix: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    prefix.len() <= 100 && prefix.starts_with(|first: char| first.is_ascii_lowercase()) && prefix.bytes().all(allowed)
}

fn no_index(name: &str) -> anyhow::Error {
    Diagnostic::new(format!("cluster {} of the configuration names no index", visible(name)))
        .help("add index = [\"logs-aws.cloudtrail-*\", \"filebeat-*\"], or what yours are called")
        .into()
}

/// The cluster of the configuration that has this name, with events or not.
pub(super) fn of_name(name: &str, settings: &Settings) -> anyhow::Result<Client> {
    client(name, settings, &|name| std::env::var(name).ok())
}

fn named_in(paths: &[PathBuf], settings: &Settings) -> anyhow::Result<(Vec<PathBuf>, Vec<Client>)> {
    let mut files = Vec::new();
    let mut clients: Vec<Client> = Vec::new();
    for path in paths {
        match named(path) {
            None => files.push(path.clone()),
            Some(name) if clients.iter().any(|client| client.name() == name) => {}
            Some(name) => clients.push(of_name(name, settings)?),
        }
    }
    Ok((files, clients))
}

/// `cluster:NAME`, as against a path.
pub(super) fn is_named(path: &Path) -> bool {
    named(path).is_some()
}

/// The cluster that an argument names.
fn named(path: &Path) -> Option<&str> {
    path.to_str()?.strip_prefix(CLUSTER)
}

fn client(name: &str, settings: &Settings, environment: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<Client> {
    let clusters = &settings.config.clusters;
    let Some(profile) = clusters.get(name) else {
        let said = Diagnostic::new(format!("the configuration has no cluster {}", visible(name)));
        let near = clusters.keys().find(|known| strsim::damerau_levenshtein(known, name) <= 2);
        let help = match (near, clusters.len()) {
            (Some(near), _) => format!("did you mean {CLUSTER}{}?", visible(near)),
            (None, 0) => format!(
                "describe it as [cluster.{name}] with url and index in {}; a file of this name is ./{CLUSTER}{name}",
                Settings::config_file(&settings.common)
                    .map_or_else(|| "a --config FILE".to_owned(), |p| output::path(&p)),
                name = visible(name)
            ),
            (None, _) => {
                let known: Vec<_> = clusters.keys().map(|known| visible(known)).collect();
                format!("it has: {}; a file of this name is ./{CLUSTER}{}", known.join(", "), visible(name))
            }
        };
        return Err(said.help(help).into());
    };
    Ok(Client::new(name, completed(name, profile.clone(), environment))?)
}

/// With what the environment says: `WATCHFLOOR_NAME_API_KEY`, `_USER`, `_PASSWORD`, and the variables of Amazon's tools.
fn completed(name: &str, mut profile: Profile, environment: &dyn Fn(&str) -> Option<String>) -> Profile {
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    let set = |name: &str| environment(name).filter(|value| !value.is_empty());
    let own = |what: &str| set(&format!("WATCHFLOOR_{name}_{what}"));

    profile.secrets.api_key = own("API_KEY").map(Secret::new);
    profile.secrets.password = own("PASSWORD").map(Secret::new);
    profile.user = own("USER").or(profile.user);
    if profile.aws_profile.is_some() || profile.aws_region.is_some() {
        profile.secrets.aws_key = set("AWS_ACCESS_KEY_ID").zip(set("AWS_SECRET_ACCESS_KEY")).map(|(id, secret)| {
            AwsKey { id, secret: Secret::new(secret), token: set("AWS_SESSION_TOKEN").map(Secret::new) }
        });
        profile.secrets.aws_file = set("AWS_SHARED_CREDENTIALS_FILE")
            .map(PathBuf::from)
            .or_else(|| etcetera::home_dir().ok().map(|home| home.join(".aws/credentials")));
        // The configuration's profile comes before keys of the environment: it was named for this cluster.
        if profile.aws_profile.is_none() && profile.secrets.aws_key.is_none() {
            profile.aws_profile = set("AWS_PROFILE").or_else(|| Some("default".to_owned()));
        }
        profile.aws_region = profile.aws_region.or_else(|| set("AWS_REGION")).or_else(|| set("AWS_DEFAULT_REGION"));
    }
    profile
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::args::Cli;
    use super::*;

    fn settings(config: &str) -> Settings {
        let mut settings = Settings::new(Cli::parse_from(["watchfloor", "--config", "/dev/null"]).common).unwrap();
        settings.config = toml::from_str(config).unwrap();
        settings
    }

    const TWO: &str = "
[cluster.prod]
url = 'http://192.0.2.1:9200'
index = ['logs-*']
[cluster.lab]
url = ['http://192.0.2.2:9200', 'http://192.0.2.3:9200']
index = 'filebeat-*'
";

    fn paths(paths: &[&str]) -> Vec<PathBuf> {
        paths.iter().map(PathBuf::from).collect()
    }

    #[test]
    fn clusters_stand_among_paths() {
        let asked = paths(&["logs", "cluster:lab", "./cluster:x", "cluster:prod", "cluster:lab", "-"]);
        let (files, clients) = split(&asked, &settings(TWO)).unwrap();
        assert_eq!(files, paths(&["logs", "./cluster:x", "-"]));
        assert_eq!(clients.iter().map(Client::name).collect::<Vec<_>>(), ["lab", "prod"]);
        assert_eq!(clients[0].profile().url.len(), 2);
        assert_eq!(clients[0].profile().index, ["filebeat-*"]);
    }

    #[test]
    fn a_name_that_is_not_configured_is_an_error_that_knows_the_others() {
        let said = |config: &str, name: &str| split(&paths(&[name]), &settings(config)).unwrap_err().to_string();
        assert_eq!(
            said(TWO, "cluster:prd"),
            "the configuration has no cluster prd\n  help: did you mean cluster:prod?"
        );
        assert_eq!(
            said(TWO, "cluster:archive"),
            "the configuration has no cluster archive\n  help: it has: lab, prod; a file of this name is ./cluster:archive"
        );
        assert_eq!(
            said("", "cluster:\u{1b}x"),
            "the configuration has no cluster \\x1bx\n  help: describe it as [cluster.\\x1bx] with url and index in \
             /dev/null; a file of this name is ./cluster:\\x1bx"
        );
        assert_eq!(
            said("[cluster.prod]\nurl = 'http://192.0.2.1'", "cluster:prod"),
            "cluster prod of the configuration names no index\n  help: add index = [\"logs-aws.cloudtrail-*\", \
             \"filebeat-*\"], or what yours are called"
        );
    }

    #[test]
    fn decisions_are_shared_in_one_cluster_which_needs_no_events() {
        let team = "[cluster.team]\nurl = 'http://192.0.2.4:9200'\ndecisions = 'watchfloor'\n";
        let config = format!("{TWO}{team}");
        let places = for_console(&paths(&["logs", "cluster:lab", "cluster:team"]), &settings(&config)).unwrap();
        assert_eq!(places.folders, paths(&["logs"]));
        assert_eq!(places.clusters.iter().map(Client::name).collect::<Vec<_>>(), ["lab"]);
        assert_eq!(places.decisions.unwrap().name(), "team");
        assert!(for_console(&paths(&["cluster:lab"]), &settings(&config)).unwrap().decisions.is_none());
        let error = split(&paths(&["cluster:team"]), &settings(&config)).unwrap_err().to_string();
        assert!(error.contains("names no index"), "{error}");
        let both = format!("{config}decisions = 'x'\n").replace("index = 'filebeat-*'", "decisions = 'other'");
        let both = both.replace("decisions = 'watchfloor'\ndecisions = 'x'", "decisions = 'watchfloor'");
        let error = for_console(&paths(&["cluster:lab", "cluster:team"]), &settings(&both)).unwrap_err().to_string();
        assert!(error.contains("clusters lab and team both have `decisions`"), "{error}");
        let wrong = config.replace("decisions = 'watchfloor'", "decisions = 'Watch*'");
        let error = for_console(&paths(&["cluster:team"]), &settings(&wrong)).unwrap_err().to_string();
        assert!(error.contains("cannot begin the name of an index"), "{error}");
    }

    #[test]
    fn the_environment_adds_secrets() {
        let environment = |name: &str| {
            let value = match name {
                "WATCHFLOOR_PROD_EU_PASSWORD" => "hunter2",
                "WATCHFLOOR_PROD_EU_USER" => "mk",
                "AWS_ACCESS_KEY_ID" => "AKIDEXAMPLE",
                "AWS_SECRET_ACCESS_KEY" => "secretEXAMPLE",
                "AWS_REGION" => "eu-west-1",
                "AWS_SESSION_TOKEN" => "",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let profile = completed("prod-eu", Profile::default(), &environment);
        assert_eq!(profile.user.as_deref(), Some("mk"));
        assert_eq!(profile.secrets.password, Some(Secret::new("hunter2")));
        // Amazon's variables are for others, unless the configuration asks for them.
        assert_eq!((profile.secrets.aws_key, profile.aws_region, profile.aws_profile), (None, None, None));

        let asked = Profile { aws_region: Some("us-east-1".to_owned()), ..Profile::default() };
        let profile = completed("prod", asked.clone(), &environment);
        assert_eq!(profile.aws_region.as_deref(), Some("us-east-1"));
        let key = profile.secrets.aws_key.unwrap();
        assert_eq!((&*key.id, key.token), ("AKIDEXAMPLE", None));
        assert_eq!(profile.aws_profile, None);
        assert_eq!(completed("prod", asked, &|_| None).aws_profile.as_deref(), Some("default"));

        let shown = format!("{:?}", completed("prod-eu", Profile::default(), &environment));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
