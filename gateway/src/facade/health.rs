//! Whether each part of the interface does its work.

use std::time::Duration;

use serde::Serialize;
use sqlx::Connection as _;

use super::refused::FacadeResult;
use crate::web::app::App;
use crate::web::error::{ApiError, Code};
use crate::web::extract::Json;

/// How long the database may take to answer.
const LIMIT: Duration = Duration::from_secs(2);

#[derive(Debug, Serialize)]
pub struct HealthBody {
    status: &'static str,
}

/// `GET /api/v1/users/health`: the list is in memory.
pub async fn users() -> Json<HealthBody> {
    Json(HealthBody { status: "ok" })
}

/// `GET /api/v1/concerts/health`, `/api/v1/tickets/health`: whether their rows can be reached.
pub async fn rows(app: App) -> FacadeResult<Json<HealthBody>> {
    let ping = async { app.pool.acquire().await?.ping().await };
    match tokio::time::timeout(LIMIT, ping).await {
        Ok(Ok(())) => Ok(Json(HealthBody { status: "ok" })),
        Ok(Err(error)) => Err(ApiError::new(Code::NotReady).detail(error.to_string()).retry_after(1).into()),
        Err(_) => Err(ApiError::new(Code::NotReady).detail("the database is slow").retry_after(1).into()),
    }
}
