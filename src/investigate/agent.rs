//! Recognises the tool that made a call by its user agent.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentKind {
    Console,
    Cli,
    Sdk,
    Infrastructure,
    /// An AWS service on somebody's behalf.
    Service,
    /// A browser, but not known to be the console.
    Browser,
    Other,
}

impl AgentKind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Cli => "command line",
            Self::Sdk => "SDK",
            Self::Infrastructure => "infrastructure as code",
            Self::Service => "AWS service",
            Self::Browser => "browser",
            Self::Other => "unknown tool",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// As the log gave it.
    pub original: String,
    pub kind: AgentKind,
    /// It names this distribution for attackers, or this tool of theirs.
    pub offensive: Option<&'static str>,
    /// The tool for audits that it names.
    pub audit: Option<&'static str>,
    /// It names where a program runs that nobody sits at: Lambda, a container.
    pub unattended: bool,
}

impl Agent {
    /// `console`: the session's credentials came from the console.
    #[must_use]
    pub fn of(original: &str, console: bool) -> Self {
        let end = original.len().checked_sub(SERVICE.len()).and_then(|at| original.get(at..));
        let named = Named::in_text(original);
        let kind = if named.infrastructure {
            AgentKind::Infrastructure
        } else if named.console {
            AgentKind::Console
        } else if named.cli {
            AgentKind::Cli
        } else if named.sdk && !console {
            AgentKind::Sdk
        } else if end.is_some_and(|end| end.eq_ignore_ascii_case(SERVICE))
            || original.eq_ignore_ascii_case("aws internal")
        {
            if console { AgentKind::Console } else { AgentKind::Service }
        } else if console {
            AgentKind::Console
        } else if original.get(..8).is_some_and(|begin| begin.eq_ignore_ascii_case("mozilla/")) {
            AgentKind::Browser
        } else {
            AgentKind::Other
        };
        Self {
            original: original.to_owned(),
            kind,
            offensive: named.offensive,
            audit: named.audit,
            unattended: named.unattended,
        }
    }
}

const SERVICE: &str = ".amazonaws.com";

/// What the words of a user agent tell.
#[derive(Default)]
struct Named {
    infrastructure: bool,
    console: bool,
    cli: bool,
    sdk: bool,
    unattended: bool,
    audit: Option<&'static str>,
    offensive: Option<&'static str>,
}

impl Named {
    fn in_text(text: &str) -> Self {
        static WORDS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
            let words = LISTS.iter().flat_map(|(words, _)| *words);
            // The kind that is built at once: most searches of the log see a few thousand user agents.
            let kind = Some(AhoCorasickKind::ContiguousNFA);
            AhoCorasick::builder().kind(kind).ascii_case_insensitive(true).build(words).ok()
        });
        let mut named = Self::default();
        for found in WORDS.iter().flat_map(|words| words.find_overlapping_iter(text)) {
            let (word, says) = listed(found.pattern().as_usize());
            match says {
                Says::Infrastructure => named.infrastructure = true,
                Says::Console => named.console = true,
                Says::Cli => named.cli = true,
                Says::Sdk => named.sdk = true,
                Says::Unattended => named.unattended = true,
                Says::Offensive if is_word(text, found.start(), found.end()) => named.offensive = Some(word),
                Says::Audit if is_word(text, found.start(), found.end()) => named.audit = Some(word),
                Says::Offensive | Says::Audit => {}
            }
        }
        named
    }
}

#[derive(Clone, Copy)]
enum Says {
    Infrastructure,
    Console,
    Cli,
    Sdk,
    Unattended,
    Audit,
    Offensive,
}

/// The word with this number, counted over all lists.
fn listed(number: usize) -> (&'static str, Says) {
    let mut all = LISTS.iter().flat_map(|(words, says)| words.iter().map(move |word| (*word, *says)));
    all.nth(number).unwrap_or(("", Says::Sdk))
}

/// Whether what is found is not a part of a longer word: `6.8.0-kali3-amd64` is Kali, and `kaliningrad` is none.
fn is_word(text: &str, start: usize, end: usize) -> bool {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    !letter(text[..start].chars().next_back()) && !letter(text[end..].chars().next())
}

const LISTS: [(&[&str], Says); 7] = [
    (INFRASTRUCTURE, Says::Infrastructure),
    (&["console.amazonaws.com", "signin.amazonaws.com", "s3console", "aws-internal/3 console"], Says::Console),
    (&["aws-cli/", "awspowershell", "aws.tools", "cloudshell"], Says::Cli),
    (&["boto", "aws-sdk", "aws sdk", "awssdk", "aws-internal"], Says::Sdk),
    (UNATTENDED, Says::Unattended),
    (AUDIT, Says::Audit),
    (OFFENSIVE, Says::Offensive),
];

const INFRASTRUCTURE: &[&str] =
    &["terraform", "opentofu", "pulumi", "cloudformation", "aws-cdk", "ansible", "crossplane", "serverless"];

/// `exec-env` of SDKs, and the agents of AWS on machines.
const UNATTENDED: &[&str] = &[
    "exec-env/aws_lambda",
    "exec-env/aws_ecs",
    "exec-env/aws_eks",
    "exec-env/ec2",
    "exec-env/apprunner",
    "amazon-ssm-agent",
    "amazon-ecs-agent",
    "awslambda-worker",
    "configure-aws-credentials-for-github-actions",
    "cluster-autoscaler",
    "kubelet",
    "karpenter",
];

/// Tools that list what is wrong with an account: defenders run them, who know when they did, and so does whoever looks
/// for a way up.
const AUDIT: &[&str] = &[
    "scoutsuite",
    "scout-suite",
    "scout suite",
    "prowler",
    "cloudmapper",
    "cloudsplaining",
    "pmapper",
    "principalmapper",
    "aws-recon",
];

/// Distributions that are made for attacks and tests of them, and tools that search accounts for ways in and up, or try
/// them.
const OFFENSIVE: &[&str] = &[
    "kali",
    "parrot",
    "parrotsec",
    "pentoo",
    "blackarch",
    "backbox",
    "pacu",
    "stratus-red-team",
    "cloudfox",
    "enumerate-iam",
    "enumerate_iam",
    "weirdaal",
    "nimbostratus",
    "cloudgoat",
    "trufflehog",
    "cloudbrute",
    "quiet-riot",
    "quietriot",
    "aws_pwn",
    "awspx",
    "s3scanner",
    "bucket-finder",
    "bucket_finder",
    "metasploit",
    "sqlmap",
    "nuclei",
    "nmap",
    "masscan",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_told_apart() {
        for (text, console, kind) in [
            ("aws-cli/2.15.0 Python/3.11.6 Linux/5.10 exe/x86_64.amzn.2", false, AgentKind::Cli),
            ("Boto3/1.28.0 md/Botocore#1.31.0", false, AgentKind::Sdk),
            ("aws-sdk-java/2.20.0 Linux/5.10", false, AgentKind::Sdk),
            ("APN/1.0 HashiCorp/1.0 Terraform/1.5.7 aws-sdk-go-v2/1.21", false, AgentKind::Infrastructure),
            ("cloudformation.amazonaws.com", false, AgentKind::Infrastructure),
            ("console.amazonaws.com", false, AgentKind::Console),
            ("Mozilla/5.0 (X11; Linux x86_64)", true, AgentKind::Console),
            ("Mozilla/5.0 (X11; Linux x86_64)", false, AgentKind::Browser),
            ("AWS Internal", true, AgentKind::Console),
            ("AWS Internal", false, AgentKind::Service),
            ("backup.amazonaws.com", false, AgentKind::Service),
            ("curl/8.0", false, AgentKind::Other),
        ] {
            assert_eq!(Agent::of(text, console).kind, kind, "{text}");
        }
    }
    #[test]
    fn tools_of_attackers_are_named_and_towns_are_not() {
        for (text, named) in [
            ("aws-cli/2.17.32 ua/2.0 os/linux#6.8.0-kali3-amd64 md/distrib#kali.2024", Some("kali")),
            ("aws-cli/1.22 Python/3.9 Linux/5.14-PARROT-amd64 botocore/1.23", Some("parrot")),
            ("Boto3/1.28 Linux/6.1-pentoo", Some("pentoo")),
            ("stratus-red-team_4b1c9a2e-0000-4000-8000-000000000000", Some("stratus-red-team")),
            ("Boto3/1.26 Botocore/1.29 Pacu/1.5", Some("pacu")),
            ("cloudfox/1.13.0", Some("cloudfox")),
            ("Scout Suite/5.13.0", None),
            ("TruffleHog", Some("trufflehog")),
            ("kaliningrad-backup/1.0", None),
            ("alkali/2", None),
            ("\u{e4}kali\u{e4}", None),
            ("paculis pacuX", None),
            ("aws-cli/2.15.0 Python/3.11.6 Linux/5.10", None),
            ("", None),
        ] {
            assert_eq!(Agent::of(text, false).offensive, named, "{text}");
        }
    }

    #[test]
    fn tools_for_audits_are_no_attackers() {
        let of = |text: &str| Agent::of(text, false).audit;
        assert_eq!((of("Scout Suite/5.13.0"), of("APN/1.0 app/prowler")), (Some("scout suite"), Some("prowler")));
        assert_eq!((of("Pacu/1.5"), of("prowlers/1")), (None, None));
    }

    #[test]
    fn words_are_in_lower_case_and_come_from_their_own_list() {
        let words = LISTS.iter().flat_map(|(words, _)| *words);
        assert!(words.clone().all(|word| *word == word.to_lowercase()));
        for (number, word) in words.enumerate() {
            assert_eq!(listed(number).0, *word);
        }
        assert!(Agent::of("Boto3/1.34 exec-env/AWS_Lambda_python3.12", false).unattended);
        assert!(!Agent::of("Boto3/1.34", false).unattended);
    }
}
