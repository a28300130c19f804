//! Security groups. A name is unique in a network; deleting one that an instance uses is a
//! DependencyViolation; adding an existing rule is InvalidPermission.Duplicate.

use super::network::VPC;
use super::select::{Thing, select, shows};
use super::world::{ACCOUNT, Tags};
use super::xml::{Refusal, Reply, Xml};
use super::{Form, Request, World};

const NOT_FOUND: &str = "InvalidGroup.NotFound";

pub struct Group {
    pub id: String,
    pub name: String,
    pub description: String,
    pub vpc: String,
    /// The permissions as they were requested.
    pub ingress: Vec<Form>,
    pub tags: Tags,
    pub misses: u32,
}

impl Group {
    pub fn default_one() -> Group {
        Group {
            id: "sg-0default".into(),
            name: "default".into(),
            description: "default VPC security group".into(),
            vpc: VPC.into(),
            ingress: Vec::new(),
            tags: Tags::new(),
            misses: 0,
        }
    }

    /// The ranges of addresses that may reach a port by TCP.
    pub fn open_to(&self, port: u16) -> Vec<String> {
        let about = |rule: &&Form| {
            let end = |name: &str| rule.get(name).parse::<u16>().unwrap_or_default();
            rule.get("IpProtocol") == "tcp" && (end("FromPort")..=end("ToPort")).contains(&port)
        };
        let rules = self.ingress.iter().filter(about);
        rules.flat_map(ranges).collect()
    }
}

fn ranges(rule: &Form) -> Vec<String> {
    let four = rule.parts("IpRanges").into_iter().map(|range| range.get("CidrIp").to_owned());
    let six = rule.parts("Ipv6Ranges").into_iter().map(|range| range.get("CidrIpv6").to_owned());
    four.chain(six).collect()
}

impl Thing for Group {
    fn id(&self) -> &str {
        &self.id
    }

    fn tags(&self) -> &Tags {
        &self.tags
    }

    fn values(&self, filter: &str) -> Option<Vec<String>> {
        Some(match filter {
            "group-name" => vec![self.name.clone()],
            "group-id" => vec![self.id.clone()],
            "vpc-id" => vec![self.vpc.clone()],
            _ => return None,
        })
    }

    fn misses(&mut self) -> &mut u32 {
        &mut self.misses
    }
}

pub fn create(world: &mut World, request: &Request) -> Reply {
    let form = &request.form;
    let (id, misses, name) = (world.id("sg"), world.misses, form.get("GroupName").to_owned());
    let region = world.region(&request.region);
    if region.groups.iter().any(|group| group.name == name) {
        let message = format!("The security group '{name}' already exists for VPC '{VPC}'");
        return Refusal::client("InvalidGroup.Duplicate", message);
    }
    if form.get("GroupDescription").is_empty() {
        return Refusal::client("MissingParameter", "The request must contain GroupDescription");
    }
    let tags = form.tags_for("security-group");
    let reply =
        vec![("return", true.into()), ("groupId", id.clone().into()), ("tagSet", (&tags).into())];
    let vpc = form.opt("VpcId").unwrap_or_else(|| VPC.into());
    let description = form.get("GroupDescription").to_owned();
    region.groups.push(Group { id, name, description, vpc, ingress: Vec::new(), tags, misses });
    Ok(reply)
}

pub fn authorize(world: &mut World, request: &Request) -> Reply {
    let id = request.form.get("GroupId");
    let region = world.region(&request.region);
    let shown = |group: &mut Group| group.id == id && shows(group, request);
    let at = region.groups.iter_mut().position(shown);
    let Some(group) = at.map(|at| &mut region.groups[at]) else {
        return Refusal::client(NOT_FOUND, format!("The security group '{id}' does not exist"));
    };
    for rule in request.form.parts("IpPermissions") {
        if group.ingress.contains(&rule) {
            let message = "the specified rule already exists";
            return Refusal::client("InvalidPermission.Duplicate", message);
        }
        group.ingress.push(rule);
    }
    super::xml::done()
}

pub fn describe(world: &mut World, request: &Request) -> Reply {
    let region = world.region(&request.region);
    let found = select(&mut region.groups, request, "GroupId", NOT_FOUND)?;
    let rule = |rule: &Form| {
        let range = |range: String| Xml::Fields(vec![("cidrIp", range.into())]);
        Xml::Fields(vec![
            ("ipProtocol", rule.get("IpProtocol").into()),
            ("fromPort", rule.get("FromPort").into()),
            ("toPort", rule.get("ToPort").into()),
            ("ipRanges", Xml::Items(ranges(rule).into_iter().map(range).collect())),
        ])
    };
    let group = |group: &mut Group| {
        Xml::Fields(vec![
            ("ownerId", ACCOUNT.into()),
            ("groupId", group.id.clone().into()),
            ("groupName", group.name.clone().into()),
            ("groupDescription", group.description.clone().into()),
            ("vpcId", group.vpc.clone().into()),
            ("ipPermissions", Xml::Items(group.ingress.iter().map(rule).collect())),
            ("tagSet", (&group.tags).into()),
        ])
    };
    Ok(vec![("securityGroupInfo", Xml::Items(found.into_iter().map(group).collect()))])
}

pub fn delete(world: &mut World, request: &Request) -> Reply {
    let id = request.form.get("GroupId").to_owned();
    let region = world.region(&request.region);
    let users = region.instances.iter().filter(|one| one.life.state() != "terminated");
    if users.flat_map(|instance| &instance.groups).any(|group| *group == id) {
        return Refusal::client(
            "DependencyViolation",
            format!("resource {id} has a dependent object"),
        );
    }
    if !region.groups.iter_mut().any(|group| group.id == id && shows(group, request)) {
        return Refusal::client(NOT_FOUND, format!("The security group '{id}' does not exist"));
    }
    region.groups.retain(|group| group.id != id);
    super::xml::done()
}
