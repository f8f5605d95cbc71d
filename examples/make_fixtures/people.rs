//! The people of a working day: developers, deployments, sign-ins, and the denials they run into.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::exports;
use super::shapes::{Call, EAST, EUROPE, Log, MAIN, at};
use super::story::login;
use super::who::{Who, agent, developer};

/// Adds the people of the main day.
pub(crate) fn tell(log: &mut Log) {
    sign_ins(log);
    let team = [
        ("alice.morgan", "203.0.113.10", agent::CLI_MAC, 7),
        ("bob.ng", "203.0.113.11", agent::CHROME, 8),
        ("carol.diaz", "203.0.113.12", agent::CLI_MAC, 8),
        ("erik.lund", "203.0.113.12", agent::CLI_MAC, 9),
        ("hana.sato", "203.0.113.14", agent::CLI_MAC, 8),
        ("fatima.hassan", "203.0.113.12", agent::CHROME, 12),
    ];
    for (person, ip, user_agent, starts) in team {
        let who = developer(person, 23, starts, ip, user_agent);
        for _ in 0..3 {
            let hour = starts + 1 + u32::try_from(log.rng.below(8)).unwrap_or(0);
            let burst = at(23, hour.min(18), u32::try_from(log.rng.below(55)).unwrap_or(0), 5);
            work(log, &who, burst);
        }
    }
    for (run, hour, minute) in
        [(4471, 8, 12), (4472, 9, 47), (4473, 11, 31), (4474, 13, 5), (4475, 14, 52), (4476, 16, 26)]
    {
        deploy(log, run, at(23, hour, minute, 4));
    }
}

fn sign_ins(log: &mut Log) {
    login(log, "jsmith", at(23, 7, 58, 12), "203.0.113.18", agent::CHROME, true);
    let jsmith = Who::user_in_console("jsmith", at(23, 7, 58, 12), "203.0.113.18", agent::CHROME);
    for (minute, service, action) in [(59, "support", "DescribeCases"), (59, "health", "DescribeEvents")] {
        Call::new(at(23, 7, minute, 40), &jsmith, EAST, service, action).log(log);
    }
    login(log, "dana.okafor", at(23, 8, 39, 50), "203.0.113.31", agent::FIREFOX, false);
    login(log, "break-glass", at(23, 12, 15, 30), "203.0.113.10", agent::CHROME, true);
}

type Step = (&'static str, &'static str, Value);

fn work(log: &mut Log, who: &Who, start: DateTime<Utc>) {
    let name = log.rng.pick(["orders-api", "storefront", "pricing", "ingest"]);
    let steps: Vec<Step> = match log.rng.below(4) {
        0 => vec![
            ("sts", "GetCallerIdentity", Value::Null),
            ("eks", "DescribeCluster", json!({ "name": "prod" })),
            ("ec2", "DescribeInstances", json!({ "maxResults": 50, "instancesSet": {}, "filterSet": {} })),
            (
                "logs",
                "DescribeLogStreams",
                json!({ "logGroupName": format!("/aws/lambda/{name}"), "orderBy": "LastEventTime", "descending": true }),
            ),
            (
                "logs",
                "StartQuery",
                json!({ "logGroupName": format!("/aws/lambda/{name}"), "limit": 100, "queryString": "***" }),
            ),
        ],
        1 => vec![
            ("lambda", "GetFunction20150331v2", json!({ "functionName": name })),
            ("lambda", "ListVersionsByFunction20150331", json!({ "functionName": name })),
            ("monitoring", "GetMetricData", Value::Null),
            ("xray", "GetTraceSummaries", Value::Null),
        ],
        2 => vec![
            ("s3", "ListBuckets", json!({ "Host": "s3.us-east-1.amazonaws.com" })),
            ("dynamodb", "ListTables", Value::Null),
            ("dynamodb", "DescribeTable", json!({ "tableName": "orders-sessions" })),
            ("ssm", "GetParameter", json!({ "name": format!("/stage/{name}/db/url"), "withDecryption": true })),
            ("iam", "ListRoles", Value::Null),
        ],
        _ => vec![
            ("cloudformation", "DescribeStacks", json!({ "stackName": format!("{name}-stage") })),
            ("cloudformation", "ListStackResources", json!({ "stackName": format!("{name}-stage") })),
            ("rds", "DescribeDBInstances", Value::Null),
            ("ecr", "DescribeImages", json!({ "repositoryName": name, "maxResults": 100 })),
        ],
    };
    let mut time = start;
    for (service, action, params) in steps {
        time += TimeDelta::seconds(4 + i64::try_from(log.rng.below(50)).unwrap_or(0));
        let call = Call::new(time, who, EAST, service, action).params(params);
        if log.rng.chance(9) {
            let arn = who.identity["arn"].as_str().unwrap_or_default();
            let text = format!(
                "User: {arn} is not authorized to perform: {service}:{action} \
                 because no identity-based policy allows the {service}:{action} action"
            );
            call.error("AccessDenied", &text).log(log);
        } else {
            call.log(log);
        }
    }
}

fn deploy(log: &mut Log, run: u32, start: DateTime<Utc>) {
    let subject = "repo:example/storefront:ref:refs/heads/main";
    let token = Who::web_identity("token.actions.githubusercontent.com", subject, "192.0.2.51", agent::GITHUB);
    let session = format!("deploy-{run}");
    let call = Call::new(start, &token, EAST, "sts", "AssumeRoleWithWebIdentity");
    exports::assume(call, log, "github-actions-deploy", &session, start).log(log);
    let who = Who::role("github-actions-deploy", &session, start, "192.0.2.51", agent::GITHUB);
    let name = log.rng.pick(["orders-api", "storefront", "pricing"]);
    let digest = log.rng.hex(64);
    let repository = format!("arn:aws:ecr:us-east-1:{MAIN}:repository/{name}");
    let steps: Vec<Step> = vec![
        ("ecr", "GetAuthorizationToken", Value::Null),
        (
            "ecr",
            "BatchCheckLayerAvailability",
            json!({ "repositoryName": name, "registryId": MAIN, "layerDigests": [format!("sha256:{digest}")] }),
        ),
        ("ecr", "InitiateLayerUpload", json!({ "repositoryName": name, "registryId": MAIN })),
        (
            "ecr",
            "PutImage",
            json!({ "repositoryName": name, "registryId": MAIN, "imageTag": format!("build-{run}"), "imageManifest": "***" }),
        ),
        (
            "ecs",
            "RegisterTaskDefinition",
            json!({ "family": name, "networkMode": "awsvpc", "cpu": "512", "memory": "1024" }),
        ),
        (
            "ecs",
            "UpdateService",
            json!({ "cluster": "prod", "service": name, "taskDefinition": format!("{name}:{run}"), "forceNewDeployment": true }),
        ),
        ("ecs", "DescribeServices", json!({ "cluster": "prod", "services": [name] })),
        (
            "lambda",
            "UpdateFunctionCode20150331v2",
            json!({ "functionName": name, "publish": true, "dryRun": false, "imageUri": format!("{name}:build-{run}") }),
        ),
    ];
    for (n, (service, action, params)) in steps.into_iter().enumerate() {
        let time = start + TimeDelta::seconds(5 + 11 * i64::try_from(n).unwrap_or(0));
        let mut call = Call::new(time, &who, EAST, service, action).params(params);
        if service == "ecr" && action != "GetAuthorizationToken" {
            call = call.resources(&[("AWS::ECR::Repository", repository.clone())]);
        }
        call.log(log);
    }
    let plan = Who::role("ci-terraform", &format!("run-{}", 8800 + run - 4440), start, "192.0.2.52", agent::TERRAFORM);
    for (n, (service, action)) in [
        ("ec2", "DescribeVpcs"),
        ("iam", "GetRole"),
        ("s3", "GetBucketPolicy"),
        ("rds", "DescribeDBInstances"),
        ("kms", "DescribeKey"),
    ]
    .into_iter()
    .enumerate()
    {
        let time = start + TimeDelta::seconds(160 + 3 * i64::try_from(n).unwrap_or(0));
        Call::new(time, &plan, if service == "iam" { EAST } else { EUROPE }, service, action)
            .params(plan_params(service))
            .log(log);
    }
}

fn plan_params(service: &str) -> Value {
    match service {
        "iam" => json!({ "roleName": "storefront-task" }),
        "s3" => {
            json!({ "bucketName": "storefront-assets", "policy": "", "Host": "storefront-assets.s3.eu-west-1.amazonaws.com" })
        }
        "kms" => json!({ "keyId": "alias/prod-orders" }),
        _ => Value::Null,
    }
}
