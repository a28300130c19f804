//! A bill of materials of an image: what is installed in it, as CycloneDX and as SPDX.

mod component;
mod cyclonedx;
mod facts;
mod identity;
mod licence;
mod purl;
mod spdx;

pub use facts::{Image, Inventory, Kind, Package, System};

use crate::{Code, Error, Result};

/// The formats, as users name them, each with the end of its files' names.
pub const FORMATS: &[(&str, &str)] = &[("cyclonedx", ".cdx.json"), ("spdx", ".spdx.json")];

/// The bill in this format: the same bytes for the same facts.
///
/// # Errors
/// `Code::Usage` for a format that does not exist, `Code::Script` for facts that are not valid.
pub fn render(format: &str, image: &Image, inventory: &Inventory) -> Result<String> {
    let moment = moment(image)?;
    let value = match format {
        "cyclonedx" => cyclonedx::document(image, inventory, &moment),
        "spdx" => spdx::document(image, inventory, &moment),
        _ => return Err(unknown(format)),
    };
    let text = serde_json::to_string_pretty(&value)
        .map_err(|error| Error::failed("cannot write the SBOM").cause(error))?;
    Ok(text + "\n")
}

/// The end of the names of files in this format.
///
/// # Errors
/// `Code::Usage` for a format that does not exist.
pub fn file_end(format: &str) -> Result<&'static str> {
    let known = FORMATS.iter().find(|(name, _)| *name == format);
    known.map(|(_, end)| *end).ok_or_else(|| unknown(format))
}

fn unknown(format: &str) -> Error {
    let names: Vec<_> = FORMATS.iter().map(|(name, _)| *name).collect();
    let near = crate::error::nearest(format, names.iter().copied());
    let error = Error::usage(format!("`{format}` is no format of an SBOM"));
    match near {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("use one of: {}", names.join(", "))),
    }
}

/// When the bill was made: `SOURCE_DATE_EPOCH` (seconds, reproducible-builds.org), else when the image was.
/// Whole seconds, as SPDX wants them.
fn moment(image: &Image) -> Result<String> {
    let seconds = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) if !text.is_empty() => text.parse::<i64>().ok(),
        _ => image.created.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second),
    };
    let moment = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    moment.map(|moment| moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).ok_or_else(|| {
        Error::new(Code::Script, "the time of the SBOM is not known")
            .cause(format!("the image was made at `{}`", image.created))
            .hint("SOURCE_DATE_EPOCH is a number of seconds, the time of an image RFC 3339")
    })
}
