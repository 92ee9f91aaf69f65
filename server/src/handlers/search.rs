//! Finding messages.

use protocol::{ErrorBody, ErrorCode, FoundMessages, Handle, SearchMessages, limits, query::Query};

use crate::{error::Result, session::Session, store::message_search::Search};

impl Handle<SearchMessages> for Session {
    async fn handle(&self, event: SearchMessages) -> Result<FoundMessages> {
        self.app.limits.events.take_more(self.user.id, limits::SEARCH_COST - 1)?;
        let SearchMessages { query, conversation, before, limit, utc_offset } = event;
        let utc_offset = utc_offset.unwrap_or_default();
        let most = limits::UTC_OFFSET_MINUTES;
        if !(-most..=most).contains(&utc_offset) {
            let message = format!("A clock differs from UTC by at most {most} minutes, not by {utc_offset}.");
            let field = Some("utcOffset".to_owned());
            return Err(ErrorBody { code: ErrorCode::InvalidPayload, message, field }.into());
        }
        let query = Query::parse(&query).map_err(ErrorBody::from)?;
        let search = Search { query, conversation, before, limit, utc_offset };
        self.app.store.search_messages(self.user.id, search).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{error::Error, testing::TestApp};

    #[tokio::test]
    async fn a_clock_differs_from_utc_by_14_hours_at_most() {
        let test_app = TestApp::new();
        let ann = test_app.session("ann").await;
        let search = |utc_offset| SearchMessages {
            query: "x".to_owned(),
            utc_offset: Some(utc_offset),
            ..SearchMessages::default()
        };
        for fine in [-840, 0, 840] {
            assert_eq!(ann.handle(search(fine)).await.unwrap(), FoundMessages::default());
        }
        for wrong in [-841, 841, i32::MIN] {
            match ann.handle(search(wrong)).await {
                Err(Error::Refused(body)) => assert_eq!(body.field.as_deref(), Some("utcOffset")),
                other => panic!("{other:?}"),
            }
        }
    }
}
