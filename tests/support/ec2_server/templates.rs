//! Launch templates, which may name an image. Both lists come in pages.

use super::select::page;
use super::world::{ACCOUNT, now};
use super::xml::{Refusal, Reply, Xml};
use super::{Request, World};

/// EC2's pages are longer. Short ones show that a caller reads all of them.
const PAGE: usize = 2;

pub struct Template {
    pub id: String,
    pub name: String,
    /// The image of each version, beginning with version 1.
    pub images: Vec<String>,
}

/// One template for each list of images of its versions.
pub fn templates_of(versions: &[&[String]]) -> Vec<Template> {
    let template = |(number, images): (usize, &&[String])| Template {
        id: format!("lt-{number}"),
        name: format!("template-{number}"),
        images: images.to_vec(),
    };
    versions.iter().enumerate().map(template).collect()
}

pub fn describe(world: &mut World, request: &Request) -> Reply {
    let templates = world.region(&request.region).templates.iter().collect();
    let (templates, next) = page(templates, request, PAGE);
    let template = |template: &Template| {
        Xml::Fields(vec![
            ("launchTemplateId", template.id.clone().into()),
            ("launchTemplateName", template.name.clone().into()),
            ("createTime", now().into()),
            ("createdBy", format!("arn:aws:iam::{ACCOUNT}:root").into()),
            ("defaultVersionNumber", 1.into()),
            ("latestVersionNumber", (template.images.len() as u64).into()),
        ])
    };
    let templates = Xml::Items(templates.into_iter().map(template).collect());
    Ok(vec![("launchTemplates", templates), ("nextToken", next.into())])
}

pub fn versions(world: &mut World, request: &Request) -> Reply {
    let id = request.form.get("LaunchTemplateId");
    let region = world.region(&request.region);
    let templates = &region.templates;
    let Some(template) = templates.iter().find(|template| template.id == id) else {
        let message =
            format!("The specified launch template, with template ID {id}, does not exist.");
        return Refusal::client("InvalidLaunchTemplateId.NotFound", message);
    };
    let wanted = request.form.list("LaunchTemplateVersion");
    let resolve = request.form.is_true("ResolveAlias");
    if resolve && wanted.len() != 1 {
        let message = "ResolveAlias can be used for one launch template version only.";
        return Refusal::client("InvalidParameterCombination", message);
    }
    let parameters = &region.parameters;
    let is_missing =
        |image: &String| image.starts_with("resolve:ssm:") && !parameters.contains_key(image);
    let named = |number: &String| template.images.get(number.parse::<usize>().unwrap() - 1);
    if resolve && wanted.iter().filter_map(named).any(is_missing) {
        let message = "The parameter of the image does not exist or cannot be read.";
        return Refusal::client("InvalidParameterValue", message);
    }
    let image = |named: &String| match parameters.get(named).filter(|_| resolve) {
        Some(image) => image.clone(),
        None => named.clone(),
    };
    let numbered = (1u64..).zip(template.images.iter().map(image));
    let numbered = numbered
        .filter(|(number, _)| wanted.is_empty() || wanted.contains(&number.to_string()))
        .collect();
    let (versions, next) = page(numbered, request, PAGE);
    let version = |(number, image): (u64, String)| {
        Xml::Fields(vec![
            ("launchTemplateId", template.id.clone().into()),
            ("launchTemplateName", template.name.clone().into()),
            ("versionNumber", number.into()),
            ("defaultVersion", (number == 1).into()),
            ("launchTemplateData", Xml::Fields(vec![("imageId", image.into())])),
        ])
    };
    let versions = Xml::Items(versions.into_iter().map(version).collect());
    Ok(vec![("launchTemplateVersionSet", versions), ("nextToken", next.into())])
}
