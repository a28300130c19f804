//! Operations that not every cloud supports.

pub use crate::config::Capability;

impl Capability {
    pub const ALL: [Capability; 8] = [
        Capability::Stop,
        Capability::Console,
        Capability::CopyImage,
        Capability::ShareImage,
        Capability::DeprecateImage,
        Capability::DeprecateImageLater,
        Capability::PromoteImage,
        Capability::ExportImage,
    ];

    /// Its name in scripts and settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Capability::Stop => "stop",
            Capability::Console => "console",
            Capability::CopyImage => "copy_image",
            Capability::ShareImage => "share_image",
            Capability::DeprecateImage => "deprecate_image",
            Capability::DeprecateImageLater => "deprecate_image_later",
            Capability::PromoteImage => "promote_image",
            Capability::ExportImage => "export_image",
        }
    }

    /// The operation in words: "cloud x cannot …".
    #[must_use]
    pub fn action(self) -> &'static str {
        match self {
            Capability::Stop => "stop an instance",
            Capability::Console => "show an instance's console",
            Capability::CopyImage => "copy images between regions",
            Capability::ShareImage => "share images",
            Capability::DeprecateImage => "deprecate images",
            Capability::DeprecateImageLater => "deprecate images at a date to come",
            Capability::PromoteImage => "put images into channels",
            Capability::ExportImage => "export images",
        }
    }
}
