//! Listing the tags of a repository, page by page.

use std::collections::HashSet;

use reqwest::header::LINK;
use reqwest::{Method, Url};

use super::connection::{Connection, Limit};
use super::link;
use super::tag_page::{Page, TagSet};
use crate::fault::Fault;
use crate::transport::request::Request;
use crate::transport::url::same_server;

/// Number of tags requested per page.
const PAGE: usize = 1000;
/// Maximum number of pages; registries with small pages return 100 tags on each.
const PAGES: usize = 10_000;
/// Maximum size in bytes of all pages together.
const BYTES: u64 = 32 << 20;
const STEP: &str = "list the tags";

/// Lists the tags of a repository. An unknown repository has none.
///
/// The page size is optional: if the registry refuses it, the list is requested without it.
pub(super) async fn list(connection: &Connection, repository: &str) -> Result<Vec<String>, Fault> {
    let address = connection.address();
    let counted = address.tags(repository, Some(PAGE))?;
    let plain = address.tags(repository, None)?;
    let mut url = counted.clone();
    let mut page_size = Some(PAGE);
    let mut asked = HashSet::new();
    let mut tags = TagSet::default();
    let mut received = 0;
    for _ in 0..PAGES {
        let request = Request::read(STEP, Method::GET, url.clone());
        if !asked.insert(url.clone()) {
            return Err(endless(&request));
        }
        let limit = Limit::AtMost(BYTES - received, "the list of tags");
        let fetched = match connection.get(repository, &request, limit).await {
            Err(fault) if url == counted && refuses_page_size(&fault) => {
                url = plain.clone();
                page_size = None;
                continue;
            }
            Err(fault) => return Err(whole_list(fault, received)),
            Ok(fetched) => fetched,
        };
        let Some((reply, bytes, _)) = fetched else {
            if tags.is_empty() {
                return Ok(Vec::new());
            }
            return Err(request.protocol("ends its list of tags with 404").into());
        };
        received += bytes.len() as u64;
        let page = Page::read(&bytes, &mut tags).map_err(|reason| request.protocol(reason))?;
        let lines: Vec<_> = reply.headers(LINK.as_str()).collect();
        let next = link::next(lines.iter().map(AsRef::as_ref)).map_err(|link::Malformed| {
            request.protocol("continues its list of tags with a Link that is not valid")
        })?;
        url = if let Some(link) = next {
            let next = request.url.join(&link).ok();
            next.filter(|next| same_server(next, &counted))
                .ok_or_else(|| request.protocol("continues its list of tags elsewhere"))?
        } else if page_size == Some(page.length) && page.added > 0 {
            // A full page without a link: some registries limit the page but do not name the next
            // one.
            after(&counted, &page.last)
        } else {
            return Ok(tags.into_tags());
        };
    }
    Err(endless(&Request::read(STEP, Method::GET, counted)))
}

fn endless(request: &Request<'_>) -> Fault {
    request
        .protocol("sends a list of tags without an end")
        .into()
}

/// Returns whether a registry may have refused the page size: any error that has no other known
/// reason.
fn refuses_page_size(fault: &Fault) -> bool {
    match fault {
        Fault::Remote(fault) => {
            ![408, 429, 503]
                .iter()
                .any(|status| fault.has_status(*status))
                && fault.is_answer()
        }
        _ => false,
    }
}

/// Words a limit on one page as the limit on all of them.
fn whole_list(fault: Fault, received: u64) -> Fault {
    match fault {
        Fault::TooLarge { what, size, .. } => Fault::TooLarge {
            what,
            size: size.saturating_add(received),
            limit: BYTES,
        },
        other => other,
    }
}

fn after(first: &Url, last: &str) -> Url {
    let mut url = first.clone();
    url.query_pairs_mut().append_pair("last", last);
    url
}
