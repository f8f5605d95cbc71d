//! Recognises the tool that made a call by its user agent.

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
}

impl Agent {
    /// `console`: the session's credentials came from the console.
    #[must_use]
    pub fn of(original: &str, console: bool) -> Self {
        let text = original.to_lowercase();
        let any = |words: &[&str]| words.iter().any(|w| text.contains(w));
        let kind = if any(INFRASTRUCTURE) {
            AgentKind::Infrastructure
        } else if any(&["console.amazonaws.com", "signin.amazonaws.com", "s3console", "aws-internal/3 console"]) {
            AgentKind::Console
        } else if any(&["aws-cli/", "awspowershell", "aws.tools", "cloudshell"]) {
            AgentKind::Cli
        } else if any(&["boto", "aws-sdk", "aws sdk", "awssdk", "aws-internal"]) && !console {
            AgentKind::Sdk
        } else if text.ends_with(".amazonaws.com") || text == "aws internal" {
            if console { AgentKind::Console } else { AgentKind::Service }
        } else if console {
            AgentKind::Console
        } else if text.starts_with("mozilla/") {
            AgentKind::Browser
        } else {
            AgentKind::Other
        };
        Self { original: original.to_owned(), kind }
    }
}

const INFRASTRUCTURE: &[&str] =
    &["terraform", "opentofu", "pulumi", "cloudformation", "aws-cdk", "ansible", "crossplane", "serverless"];

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
}
