//! The contract of the blob store. Every backend passes the same tests: one line in `blob_tests!` for each.

#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that can't go on must panic"
)]

mod failed_fills;
mod fills;
mod full_disk;
mod reading;
mod sessions;
mod support;
mod upkeep;
mod uploads;

/// Runs every test on every backend.
macro_rules! blob_tests {
    ($($backend:ident: $fixture:ty => $tests:tt;)+) => {
        $(mod $backend { blob_tests!(@tests $fixture, $tests); })+
    };
    (@tests $fixture:ty, { $($area:ident::{$($name:ident),+ $(,)?};)+ }) => {
        $($(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                crate::$area::$name(&<$fixture as crate::support::Fixture>::start()).await;
            }
        )+)+
    };
}

blob_tests! {
    local: crate::support::LocalFiles => {
        uploads::{
            what_was_put_comes_back,
            pieces_of_any_size_make_one_blob,
            sha512_has_its_own_tree,
            another_algorithm_than_the_hint_is_fine,
            a_wrong_digest_keeps_nothing,
            an_empty_blob_is_a_blob,
            the_same_bytes_are_stored_once,
            a_damaged_blob_is_replaced,
            decayed_bytes_are_replaced_whatever_their_length,
            one_digest_is_committed_by_many_at_once,
            a_commit_waits_for_the_lock_and_returns_it,
            what_is_staged_for_oneself_goes_when_it_is_dropped,
        };
        sessions::{
            a_paused_upload_goes_on,
            a_dropped_upload_keeps_what_reached_the_disk,
            an_upload_survives_a_restart,
            an_upload_that_was_cut_goes_on_from_there,
            an_upload_has_one_writer,
            an_upload_in_use_is_waited_for,
            a_cancelled_upload_leaves_nothing,
            a_dropped_finish_still_commits_or_can_be_taken_up,
            leftovers_of_a_crash_are_invisible_and_reaped,
            uploads_in_use_are_not_reaped,
            more_idle_uploads_than_are_remembered_all_go_on,
        };
        reading::{
            any_range_is_what_it_says,
            a_cold_file_reads_the_same,
            an_unknown_blob_is_not_found,
            a_truncated_file_is_an_error,
            a_file_that_is_cut_while_it_is_read_is_an_error,
            a_size_that_lies_is_found_out,
            small_blobs_are_read_at_once,
            deleting_does_not_disturb_readers,
            slow_readers_hold_one_buffer_each,
        };
        fills::{
            followers_read_what_the_leader_fetches,
            the_end_is_withheld_until_the_whole_matched,
            without_a_size_nothing_is_released_early,
            many_readers_of_any_range,
            late_readers_get_everything,
            a_blob_that_is_held_is_not_fetched,
            many_who_join_have_one_leader,
            a_fill_of_bytes_that_were_pushed_meanwhile,
            small_blobs_are_filled_too,
        };
        failed_fills::{
            bytes_that_do_not_match_break_every_reader,
            too_many_or_too_few_bytes_fail_the_fill,
            a_writer_that_goes_away_fails_the_fill,
            an_abort_says_why,
            a_failed_fill_can_be_started_again,
        };
        upkeep::{
            a_deleted_blob_is_gone,
            verification_finds_damage,
            what_is_on_disk_is_seen_past_open_files,
            a_quarantined_blob_is_out_of_the_way,
            lists_are_paged_in_order,
            there_is_some_room,
            opening_again_changes_nothing,
        };
        full_disk::{a_full_disk_is_said_and_freed, a_fill_on_a_full_disk_tells_its_readers};
    };
}
