//! The default network; every subnet whose id begins with `subnet-0` is in it.

use super::world::ACCOUNT;
use super::xml::{Reply, Xml};
use super::{Request, World};

pub const VPC: &str = "vpc-0default";
/// The network of subnets whose ids begin with `subnet-0other`.
const OTHER_VPC: &str = "vpc-0other";

pub fn vpcs(_: &mut World, _: &Request) -> Reply {
    let vpc = vec![
        ("vpcId", VPC.into()),
        ("state", "available".into()),
        ("cidrBlock", "10.0.0.0/16".into()),
        ("isDefault", true.into()),
    ];
    Ok(vec![("vpcSet", Xml::Items(vec![Xml::Fields(vpc)]))])
}

pub fn subnets(world: &mut World, request: &Request) -> Reply {
    let mut ids = request.form.list("SubnetId");
    if ids.is_empty() {
        ids.push("subnet-0default".to_owned());
    }
    let mut subnets = Vec::new();
    for id in ids {
        if !id.starts_with("subnet-0") {
            let message = format!("The subnet ID '{id}' does not exist");
            return super::xml::Refusal::client("InvalidSubnetID.NotFound", message);
        }
        let is_private = world.private_subnets.contains(&id);
        let is_ipv6 = world.ipv6_subnets.contains(&id);
        let vpc = if id.starts_with("subnet-0other") { OTHER_VPC } else { VPC };
        subnets.push(Xml::Fields(vec![
            ("subnetId", id.into()),
            ("vpcId", vpc.into()),
            ("state", "available".into()),
            ("ownerId", ACCOUNT.into()),
            ("ipv6Native", is_ipv6.into()),
            ("availabilityZone", "zone-a".into()),
            ("mapPublicIpOnLaunch", (!is_private).into()),
        ]));
    }
    Ok(vec![("subnetSet", Xml::Items(subnets))])
}

/// Network interfaces are deleted with their instances.
pub fn interfaces(_: &mut World, _: &Request) -> Reply {
    Ok(vec![("networkInterfaceSet", Xml::Items(Vec::new()))])
}
