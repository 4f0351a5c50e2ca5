//! Listing tags, page by page.

use std::collections::HashSet;

use reqwest::header::LINK;
use reqwest::{Method, Url};
use serde::Deserialize;

use super::address::same_server;
use super::transport::Request;
use super::{Most, Remote};
use crate::store::Fault;

/// Tags that are asked for at once.
const PAGE: usize = 1000;
/// Most pages; a registry that gives more is up to something.
const PAGES: usize = 1000;
/// Most bytes of a page. Some registries give everything at once.
const PAGE_LIMIT: u64 = 32 << 20;

#[derive(Deserialize)]
struct Page {
    // `null` where there are none.
    tags: Option<Vec<String>>,
}

pub(super) async fn list(remote: &Remote, repository: &str) -> Result<Vec<String>, Fault> {
    let first = remote.address.tags(repository, PAGE)?;
    let mut url = first.clone();
    let mut asked = HashSet::new();
    let mut seen = HashSet::new();
    let mut tags = Vec::new();
    for _ in 0..PAGES {
        let request = Request::read("list the tags", Method::GET, url.clone());
        if !asked.insert(url) {
            return Err(request
                .protocol("gives a list of tags without an end")
                .into());
        }
        let most = Most::Limit(PAGE_LIMIT, "the list of tags");
        let fetched = remote.get(repository, &request, most).await?;
        let Some((reply, bytes, _)) = fetched else {
            return Ok(tags);
        };
        let page: Page = serde_json::from_slice(&bytes)
            .map_err(|_| request.protocol("gives no list of tags"))?;
        let page = page.tags.unwrap_or_default();
        let (length, before) = (page.len(), tags.len());
        for tag in page {
            if seen.insert(tag.clone()) {
                tags.push(tag);
            }
        }
        let link = next_link(reply.headers(LINK.as_str()));
        url = if let Some(link) = link {
            let next = request.url.join(&link).ok();
            next.filter(|next| same_server(next, &first))
                .ok_or_else(|| request.protocol("continues its list of tags elsewhere"))?
        } else if length == PAGE && tags.len() > before {
            // A full page and no link: some registries count and do not say how to go on.
            after(&first, tags.last().map_or("", String::as_str))
        } else {
            return Ok(tags);
        };
    }
    let request = Request::read("list the tags", Method::GET, first);
    Err(request
        .protocol("gives a list of tags without an end")
        .into())
}

fn after(first: &Url, last: &str) -> Url {
    let mut url = first.clone();
    url.query_pairs_mut().append_pair("last", last);
    url
}

/// The address of the next page (RFC 8288).
fn next_link<'a>(lines: impl Iterator<Item = &'a str>) -> Option<String> {
    for line in lines {
        for link in line.split('<').skip(1) {
            let Some((address, parameters)) = link.split_once('>') else {
                continue;
            };
            let is_next = parameters.split([';', ',']).any(|parameter| {
                let plain = parameter.to_ascii_lowercase().replace(['"', ' '], "");
                plain == "rel=next"
            });
            if is_next {
                return Some(address.to_owned());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_in_a_link() {
        let cases = [
            (
                r#"</v2/x/tags/list?last=a&n=2>; rel="next""#,
                Some("/v2/x/tags/list?last=a&n=2"),
            ),
            ("</a>; rel=next", Some("/a")),
            (r#"</a>; rel="prev", </b>; rel="next""#, Some("/b")),
            (r#"</a>; rel="prev""#, None),
            ("nonsense", None),
        ];
        for (line, expected) in cases {
            assert_eq!(next_link([line].into_iter()).as_deref(), expected, "{line}");
        }
    }
}
