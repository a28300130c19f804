//! The function for each action.

use super::xml::{Refusal, Reply, Xml};
use super::{Request, Shared, World, http};
use super::{copies, groups, images, instances, key_pairs, launch, network};
use super::{sharing, snapshots, tagging, templates, volumes};

type Action = fn(&mut World, &Request) -> Reply;

const ACTIONS: &[(&str, Action)] = &[
    ("AuthorizeSecurityGroupIngress", groups::authorize),
    ("CopyImage", copies::copy),
    ("CreateImage", images::create),
    ("CreateSecurityGroup", groups::create),
    ("CreateTags", tagging::create),
    ("DeleteKeyPair", key_pairs::delete),
    ("DeleteSecurityGroup", groups::delete),
    ("DeleteSnapshot", snapshots::delete),
    ("DeleteTags", tagging::delete),
    ("DeleteVolume", volumes::delete),
    ("DeregisterImage", images::deregister),
    ("DescribeImageAttribute", sharing::describe_image),
    ("DescribeImages", images::describe),
    ("DescribeInstanceAttribute", instances::attribute),
    ("DescribeInstances", instances::describe),
    ("DescribeKeyPairs", key_pairs::describe),
    ("DescribeLaunchTemplateVersions", templates::versions),
    ("DescribeLaunchTemplates", templates::describe),
    ("DescribeNetworkInterfaces", network::interfaces),
    ("DescribeSecurityGroups", groups::describe),
    ("DescribeSnapshotAttribute", sharing::describe_snapshot),
    ("DescribeSnapshots", snapshots::describe),
    ("DescribeSubnets", network::subnets),
    ("DescribeVolumes", volumes::describe),
    ("DescribeVpcs", network::vpcs),
    ("DisableImageDeprecation", sharing::no_deprecation),
    ("EnableImageDeprecation", sharing::deprecate),
    ("GetAllowedImagesSettings", images::allowed),
    ("GetCallerIdentity", caller),
    ("GetConsoleOutput", instances::console),
    ("ImportKeyPair", key_pairs::import),
    ("ModifyImageAttribute", sharing::modify_image),
    ("ModifySnapshotAttribute", sharing::modify_snapshot),
    ("RunInstances", launch::run),
    ("StartInstances", instances::start),
    ("StopInstances", instances::stop),
    ("TerminateInstances", instances::terminate),
];

/// An action of the Security Token Service, which has the same form.
fn caller(world: &mut World, _: &Request) -> Reply {
    Ok(vec![(
        "GetCallerIdentityResult",
        Xml::Fields(vec![("Account", world.account.clone().into())]),
    )])
}

pub fn carry_out(shared: &Shared, request: &Request) -> Reply {
    let mut world = shared.world.lock().unwrap();
    world.settle();
    if request.region.is_empty() {
        return Refusal::client("AuthFailure", "the request is not signed");
    }
    let known = ACTIONS.iter().find(|(name, _)| *name == request.action);
    let (_, action) = known.ok_or_else(|| http::unknown(request))?;
    if request.form.is_true("DryRun") {
        if request.action == "RunInstances" {
            launch::check(&mut world, request)?;
        }
        let message = "Request would have succeeded, but DryRun flag is set.";
        return Err(Refusal::new(412, "DryRunOperation", message));
    }
    let mut reply = action(&mut world, request)?;
    if world.endless.as_ref() == Some(&request.action) {
        let next = if request.form.get("NextToken") == "0" { "1" } else { "0" };
        reply.retain(|(name, _)| *name != "nextToken");
        reply.push(("nextToken", next.into()));
    }
    Ok(reply)
}
