//! Parameters of Systems Manager that hold the ids of images: channels, whatever they are called.

use std::time::Instant;

use aws_sdk_ssm::types::ParameterStringFilter;

use super::channel::{DATA_TYPE, FOLDER};
use super::fault::Fault;
use super::named::{FRESH, Named, by_what};
use super::provider::Ec2;
use crate::cloud::Call;
use crate::cloud::pages::Pages;
use crate::report::{Level, Watch};
use crate::{Code, Error, Result};

/// The most parameters in a reply, and in a request for their values.
const PAGE: i32 = 50;
const AT_ONCE: usize = 10;

impl Ec2 {
    /// The parameters of this region that hold the image's id, each as `parameter /imgctl/debian12/beta`: those
    /// that are said to hold an image, as every channel is that imgctl has made, and those in its own folder.
    pub(super) async fn parameters_with(&self, id: &str, call: &Call) -> Result<Vec<String>> {
        let mut known = self.parameters.lock().await;
        let found = match known.take().filter(|(read, _)| read.elapsed() < FRESH) {
            Some(fresh) => fresh,
            None => (Instant::now(), Box::pin(self.parameters_of_images(call)).await?),
        };
        let (_, found) = known.insert(found);
        Ok(by_what(found, id))
    }

    async fn parameters_of_images(&self, call: &Call) -> Result<Vec<Named>> {
        let names = self.names_of_parameters(call).await?;
        let mut found = Vec::new();
        for names in names.chunks(AT_ONCE) {
            let send = |ssm: aws_sdk_ssm::Client| {
                ssm.get_parameters().set_names(Some(names.to_vec())).send()
            };
            let reply = self.clients.call_ssm("GetParameters", &call.watch, send).await;
            let Some(reply) = if_reached(reply, &call.watch)? else { break };
            found.extend(reply.parameters.unwrap_or_default().into_iter().filter_map(|it| {
                Some(Named { by: format!("parameter {}", it.name?), image: it.value? })
            }));
        }
        Ok(found)
    }

    async fn names_of_parameters(&self, call: &Call) -> Result<Vec<String>> {
        let texts = ParameterStringFilter::builder().key("Type").option("Equals").values("String");
        let texts = texts.build().map_err(|error| Error::failed(error.to_string()))?;
        let (mut names, mut page) = (Vec::new(), None);
        let mut pages = Pages::of("list parameters");
        loop {
            let send = |ssm: aws_sdk_ssm::Client| {
                ssm.describe_parameters()
                    .parameter_filters(texts.clone())
                    .max_results(PAGE)
                    .set_next_token(page.clone())
                    .send()
            };
            let reply = self.clients.call_ssm("DescribeParameters", &call.watch, send).await;
            let Some(reply) = if_reached(reply, &call.watch)? else { break };
            names.extend(reply.parameters.unwrap_or_default().into_iter().filter_map(|it| {
                let holds_an_image = it.data_type() == Some(DATA_TYPE);
                it.name.filter(|name| holds_an_image || name.starts_with(FOLDER))
            }));
            page = pages.next(reply.next_token)?;
            if page.is_none() {
                break;
            }
        }
        Ok(names)
    }
}

/// The reply. None, and a warning: there is no Systems Manager, or the account may not ask it. Whoever has none
/// deletes images all the same.
fn if_reached<T>(reply: std::result::Result<T, Fault>, watch: &Watch) -> Result<Option<T>> {
    let fault = match reply {
        Ok(reply) => return Ok(Some(reply)),
        Err(fault) => fault,
    };
    let (is_elsewhere, is_unsent) = (fault.is_denied() || fault.is_foreign(), fault.is_unsent());
    let error = Error::from(fault);
    let is_silent = is_unsent && error.code() == Code::Connection;
    if !is_elsewhere && !is_silent {
        return Err(error);
    }
    let message = format!("cannot tell which parameters hold the ids of images: {error}");
    watch.report.log(Level::Warning, &message);
    Ok(None)
}
