//! The plugin's HTTP endpoints.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::activity::Activity;
use crate::deadline::{Deadline, Flag, RaiseOnDrop};
use crate::exchange::{Element, ElementKind, RequestError};
use crate::log::{Level, log};
use crate::pack::{self, Blame, PackError};
use crate::spec::{InputSpec, SpecError};

const BODY_LIMIT: usize = 1 << 20;
const REQUEST_TIMEOUT: Duration = Duration::from_mins(10);

/// What all requests share.
pub(crate) struct Service {
    /// Where archives are kept until the plugin exits, because `ocm` reads
    /// them some time after the response.
    pub(crate) workspace: PathBuf,
    pub(crate) activity: Activity,
    /// Notified when `/shutdown` is called.
    pub(crate) shutdown: Notify,
    pub(crate) stopping: Flag,
}

/// A JSON response body.
struct JsonText(Value);

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
enum ServiceError {
    #[error("request body is larger than {} MiB", BODY_LIMIT >> 20)]
    BodyTooLarge,

    #[error("cannot read the request body: {0}")]
    Body(BytesRejection),

    #[error(transparent)]
    Request(#[from] RequestError),

    #[error(transparent)]
    Spec(#[from] SpecError),

    #[error(transparent)]
    Pack(#[from] PackError),

    #[error("the request was aborted: {0}")]
    Aborted(#[from] tokio::task::JoinError),
}

/// The endpoints `ocm` calls.
pub(crate) fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/healthz", get(async || StatusCode::OK))
        .route("/shutdown", any(shutdown))
        .route("/identity", post(identity))
        .route("/resource/process", post(process_resource))
        .route("/source/process", post(process_source))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&service),
            note_activity,
        ))
        .with_state(service)
}

async fn note_activity(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Response {
    let _running = service.activity.start();
    next.run(request).await
}

async fn shutdown(State(service): State<Arc<Service>>) -> StatusCode {
    service.shutdown.notify_one();
    StatusCode::OK
}

/// Tells `ocm` that no credentials are needed, because git has its own.
async fn identity() -> JsonText {
    JsonText(json!({"identity": null}))
}

async fn process_resource(
    service: State<Arc<Service>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<JsonText, ServiceError> {
    process(ElementKind::Resource, service, body).await
}

async fn process_source(
    service: State<Arc<Service>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<JsonText, ServiceError> {
    process(ElementKind::Source, service, body).await
}

async fn process(
    kind: ElementKind,
    State(service): State<Arc<Service>>,
    body: Result<Bytes, BytesRejection>,
) -> Result<JsonText, ServiceError> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ServiceError::BodyTooLarge,
        _ => ServiceError::Body(rejection),
    })?;
    let (element, input) = Element::parse(kind, &body)?;
    let spec = InputSpec::parse(input)?;

    let deadline = Deadline::after(REQUEST_TIMEOUT, &service.stopping);
    // This future is dropped if the client disconnects.
    let _abandon = RaiseOnDrop(deadline.abandoned.clone());
    let packed = tokio::task::spawn_blocking(move || {
        pack::pack(&spec, &service.workspace, &deadline).inspect(|packed| {
            log(
                Level::Info,
                "packed a git tree",
                &[
                    ("repository", &spec.repository.to_string()),
                    ("ref", &spec.reference),
                    ("commit", &packed.commit),
                    ("path", &spec.path),
                ],
            );
        })
    })
    .await??;
    Ok(JsonText(element.response(&packed.path)))
}

impl IntoResponse for JsonText {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, "application/json")], self.0.to_string()).into_response()
    }
}

impl IntoResponse for ServiceError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Body(_) | Self::Request(_) | Self::Spec(_) => StatusCode::BAD_REQUEST,
            Self::Pack(error) => match error.blame() {
                Blame::Input => StatusCode::UNPROCESSABLE_ENTITY,
                Blame::Remote => StatusCode::BAD_GATEWAY,
                Blame::Time => StatusCode::GATEWAY_TIMEOUT,
                Blame::Machine => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Self::Aborted(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let message = self.to_string();
        log(Level::Error, &message, &[("status", status.as_str())]);
        (status, message).into_response()
    }
}
