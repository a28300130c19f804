//! Where requests go, and what is told when nobody answers there.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::Stdio;

use super::ec2_server::rules::Rule;
use super::ec2_server::{Delays, Ec2Server};
use super::world::{project, words};

#[test]
fn the_setting_is_the_endpoint_of_ec2_in_its_region_alone() {
    let [ec2, others] = [(); 2].map(|()| Ec2Server::start(Delays::short()));
    let settings = format!("endpoint: '{}'", ec2.endpoint());
    // Everything but EC2 in the home region is where the environment says.
    let project = project(&ec2.endpoint(), &settings)
        .without("AWS_ENDPOINT_URL")
        .env("AWS_ENDPOINT_URL", &others.endpoint());
    project.imgctl(&words(&["up", "create_image"])).succeeds();
    assert_eq!(ec2.requests_of("RunInstances").len(), 1);
    assert_eq!(ec2.requests_of("GetCallerIdentity").len(), 0);
    assert_ne!(others.requests_of("GetCallerIdentity").len(), 0);
    // The other one does not know the image.
    project.imgctl(&["copy_image:newest,regions=eu-west-1"]).fails(1);
    project.imgctl(&["destroy"]).succeeds();
    assert_eq!(ec2.requests_of("CopyImage").len(), 0);
    assert_eq!(others.requests_of("CopyImage").len(), 1);
    let elsewhere = |server: &Ec2Server, region: &str| {
        server
            .requests()
            .iter()
            .any(|one| one.region == region && one.action != "GetCallerIdentity")
    };
    assert!(!elsewhere(&ec2, "eu-west-1") && !elsewhere(&others, "us-west-2"));
}

#[test]
fn an_account_that_cannot_be_learned_is_told() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    server.rule(Rule::refuse("GetCallerIdentity", 403, "AccessDenied", "No.").times(9));
    project.imgctl(&words(&["up"])).succeeds().says("the account is unknown");
    project.imgctl(&["destroy"]).succeeds();
}

#[test]
fn an_empty_variable_is_none() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}")
        .env("AWS_REGION", "")
        .env("AWS_DEFAULT_REGION", "us-west-2")
        .env("AWS_PROFILE", "")
        .env("AWS_SESSION_TOKEN", "")
        .env("AWS_ENDPOINT_URL_EC2", "");
    project.imgctl(&["cloud:ec2", "distribution:ubuntu2404", "up", "destroy"]).succeeds();
    assert!(server.requests().iter().all(|request| request.region == "us-west-2"));
}

#[test]
fn a_closed_port_and_a_name_without_address_are_told_while_it_tries_again() {
    // Nothing listens on this port any longer.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for (nowhere, why) in [
        (format!("http://127.0.0.1:{port}"), "refused"),
        ("http://nowhere.invalid".to_owned(), "lookup address"),
    ] {
        let project = project(&nowhere, "{}");
        let mut command = project.command(&words(&["list_images"]));
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines().map(Result::unwrap);
        let told = lines.take_while(|line| !line.contains("error:"));
        let told = told.into_iter().find(|line| line.contains("; trying again"));
        // It is told long before the last try.
        process.kill().unwrap();
        process.wait().unwrap();
        let told = told.expect("a line about the server");
        assert!(told.contains(why) && told.contains("ec2:DescribeImages"), "{told}");
    }
}

#[test]
fn throttling_is_told_while_it_lasts() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    let message = "Request limit exceeded.";
    server.rule(Rule::refuse("DescribeImages", 503, "RequestLimitExceeded", message).times(2));
    project
        .imgctl(&words(&["list_images"]))
        .succeeds()
        .says("ec2:DescribeImages")
        .says("EC2 limits the rate of requests (RequestLimitExceeded); trying again");
}

#[test]
fn a_reply_that_is_not_ec2s_is_named_by_its_status() {
    let server = Ec2Server::start(Delays::short());
    let project = project(&server.endpoint(), "{}");
    server.rule(Rule::refuse("DescribeImages", 404, "", ""));
    project
        .imgctl(&words(&["list_images"]))
        .fails(3)
        .says("the reply is not one of AWS")
        .says("HTTP 404")
        .never_says(": :");
}
