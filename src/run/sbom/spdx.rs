//! SPDX 2.3, in JSON.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::component::{Component, components};
use super::facts::{Image, Inventory, Package};
use super::identity::{VERSION, id_of};
use super::licence::{self, Licence};

/// What nobody has looked at.
const NOT_KNOWN: &str = "NOASSERTION";
const IMAGE: &str = "SPDXRef-image";
const SYSTEM: &str = "SPDXRef-os";

/// The bill as a document of SPDX 2.3.
pub fn document(image: &Image, inventory: &Inventory, moment: &str) -> Value {
    let components = components(inventory);
    let os = &inventory.os;
    let mut packages = vec![
        plain(IMAGE, &image.name, &image.id, "OPERATING_SYSTEM"),
        plain(SYSTEM, &os.id, &os.version, "OPERATING_SYSTEM"),
    ];
    packages.extend(components.iter().map(package));
    let related = |from: &str, kind: &str, to: &str| json!({"spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to});
    let mut relationships =
        vec![related("SPDXRef-DOCUMENT", "DESCRIBES", IMAGE), related(IMAGE, "CONTAINS", SYSTEM)];
    let contained = components.iter().map(|it| related(IMAGE, "CONTAINS", &id(it)));
    relationships.extend(contained);
    let contents = json!({
        "creationInfo": {"created": moment, "creators": [format!("Tool: imgctl-{VERSION}")]},
        "packages": packages,
        "relationships": relationships,
    });
    // A namespace is a name that no other document has; it leads nowhere.
    let namespace = format!("https://spdx.org/spdxdocs/imgctl-{}", id_of(&contents));
    let mut document = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": image.name,
        "documentNamespace": namespace,
    });
    if let (Value::Object(document), Value::Object(contents)) = (&mut document, contents) {
        document.extend(contents);
    }
    document
}

fn plain(id: &str, name: &str, version: &str, purpose: &str) -> Value {
    let mut value = json!({
        "SPDXID": id,
        "name": name,
        "downloadLocation": NOT_KNOWN,
        "filesAnalyzed": false,
        "licenseConcluded": NOT_KNOWN,
        "licenseDeclared": NOT_KNOWN,
        "copyrightText": NOT_KNOWN,
        "primaryPackagePurpose": purpose,
    });
    if !version.is_empty() {
        value["versionInfo"] = json!(version);
    }
    value
}

fn package(component: &Component) -> Value {
    let package = &component.package;
    let mut value = plain(&id(component), &package.name, &package.version, "LIBRARY");
    let (declared, words) = licences(&package.licences);
    value["licenseDeclared"] = json!(declared);
    if !words.is_empty() {
        value["licenseComments"] = json!(format!("the package declares: {}", words.join(", ")));
    }
    if let Some(supplier) = supplier(package) {
        value["supplier"] = json!(supplier);
    }
    if !package.source.is_empty() {
        let source = format!("built from {} {}", package.source, package.source_version);
        value["sourceInfo"] = json!(source.trim());
    }
    if !component.paths.is_empty() {
        let paths: Vec<_> = component.paths.iter().map(String::as_str).collect();
        value["comment"] = json!(format!("in {}", paths.join(", ")));
    }
    value["externalRefs"] = json!([{
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceType": "purl",
        "referenceLocator": component.purl,
    }]);
    value
}

/// An id has letters, digits, dots and hyphens only: the end of the digest keeps different ones apart.
fn id(component: &Component) -> String {
    let package = &component.package;
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    let name: String = package.name.chars().map(plain).collect();
    let digest = format!("{:x}", Sha256::digest(&component.purl));
    format!("SPDXRef-{}-{name}-{}", package.kind.name(), &digest[..12])
}

/// What is declared as SPDX writes it, else nothing and the package's own words.
fn licences(names: &[String]) -> (String, Vec<&str>) {
    match names {
        [] => (NOT_KNOWN.to_owned(), Vec::new()),
        [one] => match licence::read(one) {
            Licence::Id(text) | Licence::Expression(text) => (text.to_owned(), Vec::new()),
            Licence::Name(text) => (NOT_KNOWN.to_owned(), vec![text]),
        },
        // Whether all of them apply, or one at one's choice, is not told.
        several => (NOT_KNOWN.to_owned(), several.iter().map(String::as_str).collect()),
    }
}

/// `Organization: Debian OpenSSL Team (team@example.org)`
fn supplier(package: &Package) -> Option<String> {
    let (name, address) = package.supplier();
    let name = name.replace(['(', ')'], " ");
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return None;
    }
    let is_plain = |address: &&str| {
        address.contains('@')
            && address.bytes().all(|b| b.is_ascii_graphic() && b != b'(' && b != b')')
    };
    let address = address.filter(is_plain);
    let address = address.map(|address| format!(" ({address})")).unwrap_or_default();
    Some(format!("Organization: {name}{address}"))
}
