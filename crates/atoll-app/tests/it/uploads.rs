//! Uploads that several requests are about.

use std::time::Duration;

use atoll_app::registry::Received;
use atoll_core::digest::Algorithm;
use atoll_core::permission::Principal;
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use crate::house::House;

#[tokio::test]
async fn a_question_for_the_length_waits_for_bytes_on_their_way() {
    let house = House::new().await;
    let repository = "acme/app".parse().unwrap();
    let session = house
        .registry
        .open_upload(&Principal::Local, &repository, Algorithm::Sha256);
    let slowly = stream::iter(["one", "two"]).then(|piece| async move {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Ok(Bytes::from_static(piece.as_bytes()))
    });
    let chunk = Received {
        range: None,
        length: None,
        stream: Box::pin(slowly),
    };
    // In this order: the chunk has the upload when the question comes.
    let (appended, length) = tokio::join!(
        house.registry.append(&session, chunk),
        house.registry.upload_length(&session)
    );
    assert_eq!((appended.unwrap(), length.unwrap()), (6, 6));
}
