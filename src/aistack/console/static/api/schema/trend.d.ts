// Written by scripts/api-types from the OpenAPI document of the service: do not edit.

export interface paths {
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Ready
         * @description The service accepts work: it has started, is not draining, and its dependencies are available.
         */
        get: operations["ready_health_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Live
         * @description The process answers.
         */
        get: operations["live_health_live_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Ready
         * @description The service accepts work: it has started, is not draining, and its dependencies are available.
         */
        get: operations["ready_health_ready_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/alert-rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List Rules */
        get: operations["list_rules_v1_trend_alert_rules_get"];
        put?: never;
        /**
         * Add Rule
         * @description A rule of your own, checked every minute with the rights that you have then.
         */
        post: operations["add_rule_v1_trend_alert_rules_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/alert-rules/{rule_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete Rule
         * @description Deletes a rule of yours, with its alerts.
         */
        delete: operations["delete_rule_v1_trend_alert_rules__rule_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Alerts
         * @description The newest 500 alerts, the latest change first.
         */
        get: operations["list_alerts_v1_trend_alerts_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/alerts/{alert_id}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Acknowledge Alert
         * @description Says that someone looks after an alarm.
         */
        post: operations["acknowledge_alert_v1_trend_alerts__alert_id__acknowledge_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/analyze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Analyze
         * @description Trend, seasons, change points and anomalies of a series, each with its time, size and confidence.
         */
        post: operations["analyze_v1_trend_analyze_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/backtest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Backtest
         * @description How forecasts would have done in the window at the end of a series, from up to six points in it.
         */
        post: operations["backtest_v1_trend_backtest_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/belongings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Belongings
         * @description What belongs to a subject.
         */
        get: operations["show_belongings_v1_trend_belongings_get"];
        put?: never;
        /**
         * Hand Over
         * @description Hands everything over to the heir, or deletes it, and removes the subject's grants. Returns what there was.
         *
         *     Repeat it if it fails: what was handled stays handled.
         */
        post: operations["hand_over_v1_trend_belongings_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/belongings/contents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export Belongings
         * @description The contents of what belongs to a subject: files, and what is left out, in frames.
         */
        get: operations["export_belongings_v1_trend_belongings_contents_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/collections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Collections
         * @description Your collections, and those that are shared with you.
         */
        get: operations["list_collections_v1_trend_collections_get"];
        put?: never;
        /**
         * Create Collection
         * @description A collection of your own: sources, their documents, and the topics in them.
         */
        post: operations["create_collection_v1_trend_collections_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/collections/{collection}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete Collection
         * @description Deletes a collection with everything in it.
         */
        delete: operations["delete_collection_v1_trend_collections__collection__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/collections/{thing}/access": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Access
         * @description The owner, the grants, and the caller's own level.
         */
        get: operations["show_access_v1_trend_collections__thing__access_get"];
        /**
         * Set Access
         * @description Replaces the grants. The owner always keeps all rights.
         */
        put: operations["set_access_v1_trend_collections__thing__access_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/collections/{thing}/access/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Requests
         * @description The requests that nobody has answered. Granting what a request asks for answers it.
         */
        get: operations["list_requests_v1_trend_collections__thing__access_requests_get"];
        put?: never;
        /**
         * Request Access
         * @description Asks the thing's managers for access. The response does not show whether the thing exists, nor its time.
         */
        post: operations["request_access_v1_trend_collections__thing__access_requests_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/collections/{thing}/access/requests/{subject}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Decline
         * @description Declines a request.
         */
        delete: operations["decline_v1_trend_collections__thing__access_requests__subject__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/collections/{thing}/owner": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Transfer
         * @description Gives the thing to another owner; its grants stay. Nobody gets a thing without agreeing.
         *
         *     Who manages a thing may take it over, by naming themselves; owners of the stack may name anybody. For others it
         *     is an offer, 202: the new owner may manage the thing from now on, and takes it over with the same request.
         */
        put: operations["transfer_v1_trend_collections__thing__owner_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Compare
         * @description Several indicators over a window (who leads, who grows); one in several periods; or all terms in two.
         */
        post: operations["compare_v1_trend_compare_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/crawl/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start Crawl
         * @description Reads sources now: all of the collection, or the named ones.
         */
        post: operations["start_crawl_v1_trend_crawl_start_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/crawl/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Crawl Status */
        get: operations["crawl_status_v1_trend_crawl_status_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/dashboard": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Dashboard
         * @description Volume, what grows, open alerts, messages and reports, in one answer.
         */
        get: operations["show_dashboard_v1_trend_dashboard_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/documents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Documents
         * @description Documents, newest first; `before` continues a list.
         */
        get: operations["list_documents_v1_trend_documents_get"];
        put?: never;
        /**
         * Push Documents
         * @description Adds documents of your own. Those that are known already, by their id or their words, are not added again.
         */
        post: operations["push_documents_v1_trend_documents_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/documents/{document}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete Document */
        delete: operations["delete_document_v1_trend_documents__document__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/forecast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Forecast
         * @description What comes next, with intervals, beside the naive forecast; `quality` says whether it is any better.
         */
        post: operations["forecast_v1_trend_forecast_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/hot-topics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Hot Topics
         * @description What grows most surprisingly, given its own past and the volume of everything.
         */
        get: operations["hot_topics_v1_trend_hot_topics_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/report-schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List Report Schedules */
        get: operations["list_report_schedules_v1_trend_report_schedules_get"];
        put?: never;
        /**
         * Schedule Report
         * @description Writes a report again and again, and tells one of your subscribers its findings if you name one.
         */
        post: operations["schedule_report_v1_trend_report_schedules_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/report-schedules/{schedule_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete Schedule
         * @description Deletes a schedule of yours. Its reports stay.
         */
        delete: operations["delete_schedule_v1_trend_report_schedules__schedule_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/report-schedules/{schedule_id}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run Schedule
         * @description Writes the report now, besides its schedule.
         */
        post: operations["run_schedule_v1_trend_report_schedules__schedule_id__run_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/report/generate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Generate Report
         * @description Writes and keeps a report on a window that ends now: findings first, with evidence.
         */
        post: operations["generate_report_v1_trend_report_generate_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Reports
         * @description The newest 500 reports, newest first.
         */
        get: operations["list_reports_v1_trend_reports_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/reports/{report_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Report
         * @description A report as JSON, as HTML that stands alone, as Markdown, or as PDF.
         */
        get: operations["show_report_v1_trend_reports__report_id__get"];
        put?: never;
        post?: never;
        /**
         * Delete Report
         * @description Deletes a report of yours.
         */
        delete: operations["delete_report_v1_trend_reports__report_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/reports/{report_id}/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Compare Reports
         * @description What changed since an earlier report that was asked for the same.
         */
        get: operations["compare_reports_v1_trend_reports__report_id__changes_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/reports/{report_id}/charts/{chart}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Chart
         * @description A chart of a report as SVG: volume, growth or sources.
         */
        get: operations["show_chart_v1_trend_reports__report_id__charts__chart__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/scenario": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Scenario
         * @description The forecast under stated shifts, beside the baseline, with all that was assumed.
         */
        post: operations["scenario_v1_trend_scenario_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Series
         * @description Series by name; `after` continues a list.
         */
        get: operations["list_series_v1_trend_series_get"];
        put?: never;
        /**
         * Push Series
         * @description Adds points to series, by name. A point at a known time replaces the value there, so a push can be repeated.
         *
         *     CSV has a line of names: time and one series a column, or series, time and value. JSON lines and JSON have
         *     points with time, value and, where there are several, series.
         */
        post: operations["push_series_v1_trend_series_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/series/{series}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Series
         * @description A series by its id or name.
         */
        get: operations["show_series_v1_trend_series__series__get"];
        put?: never;
        post?: never;
        /**
         * Delete Series
         * @description Deletes a series with its points. One that a source fills comes back when the source is read again.
         */
        delete: operations["delete_series_v1_trend_series__series__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/series/{series}/acknowledge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Acknowledge Alarm
         * @description Marks the series' alarm as known. It ends by itself after a quiet spell.
         */
        post: operations["acknowledge_alarm_v1_trend_series__series__acknowledge_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/series/{series}/points": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Points
         * @description Points with their scores, newest first; `until` (not included) continues a list.
         */
        get: operations["list_points_v1_trend_series__series__points_get"];
        put?: never;
        /**
         * Add Points
         * @description Adds the newest points of a live series, and says how unusual each is. Each point is scored once.
         *
         *     A series that was pushed before is learned from first. The first 60 points are learning.
         */
        post: operations["add_points_v1_trend_series__series__points_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/sources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List Sources */
        get: operations["list_sources_v1_trend_sources_get"];
        put?: never;
        /**
         * Add Source
         * @description Adds a feed, a page or a sitemap, which is read at once and then as often as it changes, or a query.
         *
         *     A query runs at once and then every `every_seconds` (an hour without), and its rows are points of series.
         *
         *     A source acts with the rights that the person who added it has at the time.
         */
        post: operations["add_source_v1_trend_sources_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/sources/{source_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Remove Source
         * @description Removes a source and the documents that came from it.
         */
        delete: operations["remove_source_v1_trend_sources__source_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/subscribers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Subscribers
         * @description Your subscribers.
         */
        get: operations["list_subscribers_v1_trend_subscribers_get"];
        put?: never;
        /**
         * Add Subscriber
         * @description Someone or something that is told of a watch's stories from now on, each at most once.
         *
         *     It acts with the rights that you have at the time. Its address is sealed and never returned.
         */
        post: operations["add_subscriber_v1_trend_subscribers_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/subscribers/{subscriber_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show Subscriber */
        get: operations["show_subscriber_v1_trend_subscribers__subscriber_id__get"];
        /**
         * Change Subscriber
         * @description Changes a subscriber of yours, and starts it again if it stopped.
         */
        put: operations["change_subscriber_v1_trend_subscribers__subscriber_id__put"];
        post?: never;
        /**
         * Delete Subscriber
         * @description Deletes a subscriber of yours, with its messages.
         */
        delete: operations["delete_subscriber_v1_trend_subscribers__subscriber_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/subscribers/{subscriber_id}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Messages
         * @description The newest 200 messages, and what became of each.
         */
        get: operations["list_messages_v1_trend_subscribers__subscriber_id__messages_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/subscribers/{subscriber_id}/messages/{message}/send-again": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send Again
         * @description Sends a message again that failed, or of which it is unknown whether it arrived.
         */
        post: operations["send_again_v1_trend_subscribers__subscriber_id__messages__message__send_again_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/subscribers/{subscriber_id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Test Subscriber
         * @description Sends a test message; the list of messages shows what became of it.
         */
        post: operations["test_subscriber_v1_trend_subscribers__subscriber_id__test_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/subscribers/dry-run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try Subscriber
         * @description The messages that a subscriber would get about the last 24 hours. Nothing is sent or saved.
         */
        post: operations["try_subscriber_v1_trend_subscribers_dry_run_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/terms/{term}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Term
         * @description A word or a phrase of two words: how many documents have it, and what stands beside it.
         */
        get: operations["show_term_v1_trend_terms__term__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/topics/{topic}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Topic
         * @description A topic: its volume, who had it first and who followed, and its newest documents.
         */
        get: operations["show_topic_v1_trend_topics__topic__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/watches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List Watches */
        get: operations["list_watches_v1_trend_watches_get"];
        put?: never;
        /**
         * Create Watch
         * @description A watch of your own, to which subscribers can be added.
         */
        post: operations["create_watch_v1_trend_watches_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/watches/{watch_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show Watch */
        get: operations["show_watch_v1_trend_watches__watch_id__get"];
        /**
         * Change Watch
         * @description Changes a watch of yours. Its subscribers use the new one from their next message.
         */
        put: operations["change_watch_v1_trend_watches__watch_id__put"];
        post?: never;
        /**
         * Delete Watch
         * @description Deletes a watch of yours, with its subscribers.
         */
        delete: operations["delete_watch_v1_trend_watches__watch_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/trend/watches/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Preview Watch
         * @description What a watch would have matched in the last week. Nothing is saved.
         */
        post: operations["preview_watch_v1_trend_watches_preview_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * AccessView
         * @description Who may do what with a thing. Only its managers see the grants of others.
         */
        AccessView: {
            /** Grants */
            grants: components["schemas"]["GrantView"][];
            /** Owner */
            owner: string;
            /**
             * Yours
             * @enum {string}
             */
            yours: "view" | "use" | "edit" | "manage";
        };
        /**
         * Added
         * @description How many documents were given, and how many of them are new.
         */
        Added: {
            /** Added */
            added: number;
            /** Given */
            given: number;
        };
        /**
         * AlertRuleView
         * @description `state` is that of its worst alert.
         */
        AlertRuleView: {
            /** Checked At */
            checked_at: string | null;
            /** Condition */
            condition: components["schemas"]["TopicLevel"] | components["schemas"]["SourceSilent"] | components["schemas"]["SeriesAlarm"] | components["schemas"]["SeriesChange"];
            /** Error */
            error: string;
            /** Id */
            id: string;
            /** Name */
            name: string;
            /** Owner */
            owner: string;
            /**
             * State
             * @enum {string}
             */
            state: "normal" | "alarm" | "acknowledged";
            /** Subscriber */
            subscriber: string | null;
        };
        /**
         * AlertView
         * @description `value` was measured when it began, and reached `level`.
         */
        AlertView: {
            /** Acknowledged By */
            acknowledged_by: string;
            /**
             * Began At
             * Format: date-time
             */
            began_at: string;
            /**
             * Changed At
             * Format: date-time
             */
            changed_at: string;
            /** Id */
            id: string;
            /** Level */
            level: number;
            /** Name */
            name: string;
            /** Rule */
            rule: string;
            /** Rule Name */
            rule_name: string;
            /**
             * State
             * @enum {string}
             */
            state: "normal" | "alarm" | "acknowledged";
            /** Subject */
            subject: string;
            /** Value */
            value: number;
        };
        /** AnalysisAnswer */
        AnalysisAnswer: {
            /** Anomalies */
            anomalies: components["schemas"]["AnomalyView"][];
            /** Change Points */
            change_points: components["schemas"]["ChangePointView"][];
            components?: components["schemas"]["Components"] | null;
            /** Indicator */
            indicator?: string | null;
            /** Methods */
            methods: components["schemas"]["MethodView"][];
            /** Name */
            name?: string | null;
            quality: components["schemas"]["QualityView"];
            /** Seasons */
            seasons: components["schemas"]["SeasonView"][];
            /** Since */
            since: string | null;
            /** Statements */
            statements: components["schemas"]["StatementView"][];
            step: components["schemas"]["StepView"] | null;
            /** Steps */
            steps: number;
            trend: components["schemas"]["TrendView"];
            /** Until */
            until: string | null;
        };
        /**
         * AnalysisRequest
         * @example {
         *       "points": [
         *         [
         *           "2026-03-01",
         *           10
         *         ],
         *         [
         *           "2026-03-02",
         *           12.5
         *         ],
         *         [
         *           "2026-03-03",
         *           11
         *         ]
         *       ]
         *     }
         */
        AnalysisRequest: {
            /** Bucket */
            bucket?: ("hour" | "day" | "week") | null;
            /**
             * Components
             * @description include trend, seasons and remainder, up to 5000 steps
             * @default false
             */
            components?: boolean;
            /** Indicator */
            indicator?: string | null;
            /** Language */
            language?: ("en" | "zh") | null;
            /** Points */
            points?: [
                string | number,
                number | string | null
            ][] | null;
            /**
             * Sensitivity
             * @default normal
             * @enum {string}
             */
            sensitivity?: "low" | "normal" | "high";
            /** Step Seconds */
            step_seconds?: number | null;
            /** Window */
            window?: string | null;
        };
        /**
         * AnomalyView
         * @description `time` is the most unusual point between `since` and `until`.
         */
        AnomalyView: {
            /** Confidence */
            confidence: number | null;
            /** Expected */
            expected: number | null;
            /**
             * Kind
             * @enum {string}
             */
            kind: "spike" | "dip" | "variance" | "flatline";
            /**
             * Since
             * Format: date-time
             */
            since: string;
            /** Size */
            size: number | null;
            /** Size In Sd */
            size_in_sd: number | null;
            /**
             * Time
             * Format: date-time
             */
            time: string;
            /**
             * Until
             * Format: date-time
             */
            until: string;
            /** Value */
            value: number | null;
        };
        /** BacktestAnswer */
        BacktestAnswer: {
            /** Horizon */
            horizon: number;
            /** Indicator */
            indicator?: string | null;
            /** Methods */
            methods: components["schemas"]["MethodView"][];
            /** Name */
            name?: string | null;
            /** Origins */
            origins: components["schemas"]["OriginView"][];
            /** Period */
            period: number;
            quality: components["schemas"]["QualityView"];
            /** Since */
            since: string | null;
            /** Statements */
            statements: components["schemas"]["StatementView"][];
            step: components["schemas"]["StepView"] | null;
            /** Steps */
            steps: number;
            /** Tried */
            tried: components["schemas"]["TriedView"][];
            /** Until */
            until: string | null;
        };
        /**
         * BacktestRequest
         * @description `window` is the end of the series that is forecast and compared with what came.
         * @example {
         *       "points": [
         *         [
         *           "2026-01",
         *           10
         *         ],
         *         [
         *           "2026-02",
         *           12
         *         ],
         *         [
         *           "2026-03",
         *           13
         *         ]
         *       ],
         *       "window": "1m"
         *     }
         */
        BacktestRequest: {
            /** Bucket */
            bucket?: ("hour" | "day" | "week") | null;
            /** Horizon */
            horizon?: number | null;
            /** Indicator */
            indicator?: string | null;
            /** Language */
            language?: ("en" | "zh") | null;
            /** Points */
            points?: [
                string | number,
                number | string | null
            ][] | null;
            /** Step Seconds */
            step_seconds?: number | null;
            /** Support */
            support?: ("any" | "non_negative" | "counts") | null;
            /** Window */
            window: string | null;
        };
        /**
         * Bands
         * @description Forecast values with their 80 % and 95 % intervals.
         */
        Bands: {
            /** Lower 80 */
            lower_80: (number | null)[];
            /** Lower 95 */
            lower_95: (number | null)[];
            /** Upper 80 */
            upper_80: (number | null)[];
            /** Upper 95 */
            upper_95: (number | null)[];
            /** Values */
            values: (number | null)[];
        };
        /**
         * Belonging
         * @description `name` is the question or statement of things that have no name.
         */
        Belonging: {
            /** Id */
            id: string;
            /** Name */
            name: string;
        };
        /**
         * Belongings
         * @description How many things of each kind belong to the subject, and which if they are asked for.
         */
        Belongings: {
            /** Counts */
            counts: {
                [key: string]: number;
            };
            /** Subject */
            subject: string;
            /** Things */
            things?: {
                [key: string]: components["schemas"]["Belonging"][];
            } | null;
        };
        /**
         * Bequest
         * @description `heir` gets what belongs to the subject; without an heir it is deleted.
         * @example {
         *       "heir": "owner",
         *       "subject": "user:0123456789ab"
         *     }
         */
        Bequest: {
            /** Heir */
            heir: string | null;
            /** Subject */
            subject: string;
        };
        /**
         * ChangedSubscriber
         * @description `address` stays as it is if it is left out.
         */
        ChangedSubscriber: {
            /** Address */
            address?: (components["schemas"]["WebhookAddress"] | components["schemas"]["EmailAddress"] | components["schemas"]["FeishuAddress"] | components["schemas"]["DingTalkAddress"] | components["schemas"]["WeComAddress"] | components["schemas"]["TelegramAddress"] | components["schemas"]["SlackAddress"] | components["schemas"]["NtfyAddress"]) | null;
            /**
             * Detail
             * @default summary
             * @enum {string}
             */
            detail?: "titles" | "summary";
            /**
             * Form
             * @default digest
             * @enum {string}
             */
            form?: "digest" | "single";
            /**
             * Is Paused
             * @default false
             */
            is_paused?: boolean;
            /**
             * Language
             * @default en
             * @enum {string}
             */
            language?: "en" | "zh";
            /** Name */
            name: string;
            quiet_hours?: components["schemas"]["QuietHours"] | null;
            /**
             * @default {
             *       "mode": "immediate",
             *       "times": [
             *         "08:00"
             *       ],
             *       "days": [
             *         1,
             *         2,
             *         3,
             *         4,
             *         5,
             *         6,
             *         7
             *       ]
             *     }
             */
            schedule?: components["schemas"]["Schedule"];
            /**
             * Updates
             * @default true
             */
            updates?: boolean;
            /** Watch */
            watch: string;
            /**
             * When Unsure
             * @default skip
             * @enum {string}
             */
            when_unsure?: "skip" | "resend";
            /**
             * Zone
             * @default UTC
             */
            zone?: string;
        };
        /**
         * ChangedTopic
         * @description `before` and `now` are its numbers of documents, `moved` how many places it rose.
         */
        ChangedTopic: {
            /** Before */
            before: number | null;
            /** Id */
            id: string;
            /** Moved */
            moved?: number | null;
            /** Name */
            name: string;
            /** Now */
            now: number | null;
            /** State Before */
            state_before?: ("emerging" | "rising" | "peaking" | "fading" | "steady") | null;
            /** State Now */
            state_now?: ("emerging" | "rising" | "peaking" | "fading" | "steady") | null;
        };
        /**
         * ChangePointView
         * @description `before` and `after` are levels, or slopes a step; `time` is the first of the new ones.
         */
        ChangePointView: {
            /** After */
            after: number | null;
            /** Before */
            before: number | null;
            /** Confidence */
            confidence: number | null;
            /**
             * Kind
             * @enum {string}
             */
            kind: "level" | "slope";
            /** Size */
            size: number | null;
            /** Size In Sd */
            size_in_sd: number | null;
            /**
             * Time
             * Format: date-time
             */
            time: string;
        };
        /**
         * Changes
         * @description What changed since an earlier report of the same scope.
         */
        Changes: {
            /** Appeared */
            appeared: components["schemas"]["ChangedTopic"][];
            /** Changed */
            changed: components["schemas"]["ChangedTopic"][];
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Disappeared */
            disappeared: components["schemas"]["ChangedTopic"][];
            /** Documents */
            documents: number;
            /** Documents Before */
            documents_before: number;
            /** Since */
            since: string;
        };
        /**
         * CollectionView
         * @description `yours` is what the caller may do with it.
         */
        CollectionView: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Id */
            id: string;
            /** Name */
            name: string;
            /** Owner */
            owner: string;
            /**
             * Yours
             * @enum {string}
             */
            yours: "view" | "use" | "edit" | "manage";
        };
        /**
         * ComparedItem
         * @description `mean_before` and `mean_after` are those of the window's halves; `share` is that of the total of all items.
         */
        ComparedItem: {
            /** Indicator */
            indicator: string;
            /** Mean After */
            mean_after: number | null;
            /** Mean Before */
            mean_before: number | null;
            /** Name */
            name: string;
            /** Share */
            share: number | null;
            /** Statements */
            statements: components["schemas"]["StatementView"][];
            /** Total */
            total: number | null;
            /** Values */
            values: (number | null)[];
        };
        /**
         * ComparedPair
         * @description `first` leads by `lag_steps`; below 0 it follows.
         */
        ComparedPair: {
            /** Correlation */
            correlation: number | null;
            /** First */
            first: string;
            /** Lag Steps */
            lag_steps: number;
            /** Second */
            second: string;
        };
        /**
         * ComparedPeriod
         * @description `change` of the mean is against the first period, `p` how probable such a difference is by chance.
         */
        ComparedPeriod: {
            /** Change */
            change: number | null;
            /** Greatest */
            greatest: number | null;
            /** Mean */
            mean: number | null;
            /** Median */
            median: number | null;
            /** P */
            p: number | null;
            /** Points */
            points: number;
            /**
             * Since
             * Format: date-time
             */
            since: string;
            /** Smallest */
            smallest: number | null;
            /** Total */
            total: number | null;
            /**
             * Until
             * Format: date-time
             */
            until: string;
        };
        /**
         * ComparedTerm
         * @description How many documents have a term in each of two periods; `surprise` is -log10 of the probability of the change.
         */
        ComparedTerm: {
            /** After */
            after: number;
            /** Before */
            before: number;
            /** Ratio */
            ratio: number;
            /** Surprise */
            surprise: number;
            /** Term */
            term: string;
        };
        /**
         * CompareRequest
         * @description Several indicators over a window, one indicator in several periods, or all terms in two periods.
         * @example {
         *       "indicators": [
         *         "term:battery",
         *         "term:hydrogen"
         *       ],
         *       "window": "28d"
         *     }
         */
        CompareRequest: {
            /** Bucket */
            bucket?: ("hour" | "day" | "week") | null;
            /** Indicators */
            indicators?: string[];
            /** Language */
            language?: ("en" | "zh") | null;
            /** Periods */
            periods?: components["schemas"]["Period"][];
            /** Window */
            window?: string | null;
        };
        /**
         * Comparison
         * @description `items` over a window, `periods` of one indicator, or the terms that `rose` and `fell` between two periods.
         */
        Comparison: {
            /**
             * Documents
             * @default []
             */
            documents?: number[];
            /**
             * Fell
             * @default []
             */
            fell?: components["schemas"]["ComparedTerm"][];
            /**
             * Items
             * @default []
             */
            items?: components["schemas"]["ComparedItem"][];
            /** Methods */
            methods: components["schemas"]["MethodView"][];
            /**
             * Pairs
             * @default []
             */
            pairs?: components["schemas"]["ComparedPair"][];
            /**
             * Periods
             * @default []
             */
            periods?: components["schemas"]["ComparedPeriod"][];
            /**
             * Rose
             * @default []
             */
            rose?: components["schemas"]["ComparedTerm"][];
            /** Statements */
            statements: components["schemas"]["StatementView"][];
            /** Step Seconds */
            step_seconds?: number | null;
            /**
             * Times
             * @default []
             */
            times?: string[];
        };
        /**
         * Components
         * @description They add up to the values. Where `observed` is false the value was interpolated.
         */
        Components: {
            /** Observed */
            observed: boolean[];
            /** Remainder */
            remainder: (number | null)[];
            /** Seasonal */
            seasonal: {
                [key: string]: (number | null)[];
            };
            /** Times */
            times: string[];
            /** Trend */
            trend: (number | null)[];
            /** Values */
            values: (number | null)[];
        };
        /**
         * Content
         * @description All that a report says, in the order in which it is shown.
         */
        Content: {
            /** Bucket Seconds */
            bucket_seconds: number;
            changes: components["schemas"]["Changes"] | null;
            /** Documents */
            documents: number;
            /** Documents Before */
            documents_before: number;
            /** Findings */
            findings: components["schemas"]["Finding"][];
            /**
             * Language
             * @enum {string}
             */
            language: "en" | "zh";
            /** Limits */
            limits: string[];
            /** Method */
            method: string[];
            /** Newest */
            newest: components["schemas"]["EvidenceLink"][];
            /**
             * Report Type
             * @enum {string}
             */
            report_type: "industry" | "topic" | "investment" | "custom";
            /** Sections */
            sections: ("changes" | "volume" | "topics" | "growth" | "sources" | "documents")[];
            /**
             * Since
             * Format: date-time
             */
            since: string;
            /** Sources */
            sources: components["schemas"]["SourceRow"][];
            /** Summary */
            summary: string;
            /** Summary By */
            summary_by: string;
            /** Title */
            title: string;
            /** Topics */
            topics: components["schemas"]["TopicRow"][];
            /**
             * Until
             * Format: date-time
             */
            until: string;
            /** Volume */
            volume: number[];
        };
        /**
         * CrawlStarted
         * @description How many sources are due now. Those that were read a short time ago are not.
         */
        CrawlStarted: {
            /** Due */
            due: number;
        };
        /** CrawlStatus */
        CrawlStatus: {
            /** Documents */
            documents: number;
            /** Due */
            due: number;
            /** Failing */
            failing: number;
            /** Last Read At */
            last_read_at: string | null;
            /** Sources */
            sources: number;
            /** Stopped */
            stopped: number;
        };
        /**
         * Dashboard
         * @description What the console's first page on trends shows. `messages` counts messages to subscribers by their state.
         */
        Dashboard: {
            /** Alerts */
            alerts: components["schemas"]["AlertView"][];
            /** Bucket Seconds */
            bucket_seconds: number;
            /** Documents */
            documents: number;
            /** Messages */
            messages: {
                [key: string]: number;
            };
            /** Reports */
            reports: components["schemas"]["ReportView"][];
            /**
             * Since
             * Format: date-time
             */
            since: string;
            /** Sources */
            sources: number;
            /** Sources Failing */
            sources_failing: number;
            /** Topics */
            topics: components["schemas"]["TopicView"][];
            /** Volume */
            volume: number[];
            /** Window */
            window: string;
        };
        /**
         * DeliveryView
         * @description A message and what became of it. `unknown`: it is not known whether it arrived, and it is not sent again.
         */
        DeliveryView: {
            /** Attempts */
            attempts: number;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Due At */
            due_at: string | null;
            /** Error */
            error: string;
            /** Id */
            id: string;
            /** Sent At */
            sent_at: string | null;
            /**
             * State
             * @enum {string}
             */
            state: "queued" | "sending" | "sent" | "failed" | "unknown";
            /** Subject */
            subject: string;
        };
        /**
         * Difference
         * @description Between the sums over the horizon; `share` of the baseline's.
         */
        Difference: {
            /** Share */
            share: number | null;
            /** Total */
            total: number | null;
        };
        /**
         * DingTalkAddress
         * @description A custom robot's webhook URL, and its signing secret if it has one.
         */
        DingTalkAddress: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            channel: "dingtalk";
            /**
             * Secret
             * Format: password
             * @default
             */
            secret?: string;
            /** Url */
            url: string;
        };
        /**
         * DocumentView
         * @description `at` orders it in time. `is_date_guess`: what the source states left something open, or cannot be true.
         */
        DocumentView: {
            /**
             * Arrived At
             * Format: date-time
             */
            arrived_at: string;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Author */
            author: string;
            /** Category */
            category: string;
            /** Id */
            id: string;
            /** Is Copy */
            is_copy: boolean;
            /** Is Date Guess */
            is_date_guess: boolean;
            /** Language */
            language: string;
            /** Published At */
            published_at: string | null;
            /** Source */
            source: string;
            /** Text */
            text: string;
            /** Title */
            title: string;
            /** Topic */
            topic: string | null;
            /** Url */
            url: string;
        };
        /**
         * DryRun
         * @description The messages about the last 24 hours as they would be sent, with sizes in the unit of the channel's limit.
         */
        DryRun: {
            /** Messages */
            messages: string[];
            /** Size Max */
            size_max: number;
            /** Sizes */
            sizes: number[];
            /** Stories */
            stories: number;
        };
        /** EmailAddress */
        EmailAddress: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            channel: "email";
            /** To */
            to: string[];
        };
        /** Evidence */
        Evidence: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Id */
            id: string;
            /** Source */
            source: string;
            /** Title */
            title: string;
            /** Url */
            url: string;
        };
        /**
         * EvidenceLink
         * @description A document that a finding rests on.
         */
        EvidenceLink: {
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Id */
            id: string;
            /** Source */
            source: string;
            /** Title */
            title: string;
            /** Url */
            url: string;
        };
        /**
         * FeishuAddress
         * @description A custom bot's webhook URL, and its signing secret if it has one.
         */
        FeishuAddress: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            channel: "feishu";
            /**
             * Secret
             * Format: password
             * @default
             */
            secret?: string;
            /** Url */
            url: string;
        };
        /**
         * Finding
         * @description One statement with its evidence. `kind` says which of them it is, and `topic` which topic it is of.
         */
        Finding: {
            /**
             * Evidence
             * @default []
             */
            evidence?: components["schemas"]["EvidenceLink"][];
            /** Kind */
            kind: string;
            /** Text */
            text: string;
            /** Topic */
            topic?: string | null;
        };
        /**
         * ForecastAnswer
         * @description `baseline` is the naive forecast.
         */
        ForecastAnswer: {
            /** Baseline */
            baseline: (number | null)[];
            /** Indicator */
            indicator?: string | null;
            /** Lower 80 */
            lower_80: (number | null)[];
            /** Lower 95 */
            lower_95: (number | null)[];
            /** Methods */
            methods: components["schemas"]["MethodView"][];
            /** Name */
            name?: string | null;
            /** Period */
            period: number;
            quality: components["schemas"]["QualityView"];
            /** Since */
            since: string | null;
            /** Statements */
            statements: components["schemas"]["StatementView"][];
            step: components["schemas"]["StepView"] | null;
            /** Steps */
            steps: number;
            /** Times */
            times: string[];
            /** Tried */
            tried: components["schemas"]["TriedView"][];
            /** Until */
            until: string | null;
            /** Upper 80 */
            upper_80: (number | null)[];
            /** Upper 95 */
            upper_95: (number | null)[];
            /** Values */
            values: (number | null)[];
        };
        /**
         * ForecastRequest
         * @description `horizon` is in steps; one season if it is not given. `support` says which values are possible.
         * @example {
         *       "horizon": 2,
         *       "points": [
         *         [
         *           "2026-01",
         *           10
         *         ],
         *         [
         *           "2026-02",
         *           12
         *         ],
         *         [
         *           "2026-03",
         *           13
         *         ]
         *       ]
         *     }
         */
        ForecastRequest: {
            /** Bucket */
            bucket?: ("hour" | "day" | "week") | null;
            /** Horizon */
            horizon?: number | null;
            /** Indicator */
            indicator?: string | null;
            /** Language */
            language?: ("en" | "zh") | null;
            /** Points */
            points?: [
                string | number,
                number | string | null
            ][] | null;
            /** Step Seconds */
            step_seconds?: number | null;
            /** Support */
            support?: ("any" | "non_negative" | "counts") | null;
            /** Window */
            window?: string | null;
        };
        /** GrantView */
        GrantView: {
            /**
             * Level
             * @enum {string}
             */
            level: "view" | "use" | "edit" | "manage";
            /** Subject */
            subject: string;
        };
        /**
         * Group
         * @description A document matches if it has all of `all_of`, at least one of `any_of`, and none of `none_of`.
         *
         *     A term is a word or phrase, matched as whole words; `word*` also matches longer words; `/pattern/` is a regular
         *     expression. Case and width do not matter.
         */
        Group: {
            /**
             * All Of
             * @default []
             */
            all_of?: string[];
            /**
             * Any Of
             * @default []
             */
            any_of?: string[];
            /**
             * Name
             * @default Stories
             */
            name?: string;
            /**
             * None Of
             * @default []
             */
            none_of?: string[];
        };
        /**
         * HotTopics
         * @description `alone` counts the documents of the window that are in no listed topic. `method` says how it was computed.
         */
        HotTopics: {
            /** Alone */
            alone: number;
            /** Bucket Seconds */
            bucket_seconds: number;
            /** Documents */
            documents: number;
            /** Method */
            method: string;
            /**
             * Since
             * Format: date-time
             */
            since: string;
            /** Topics */
            topics: components["schemas"]["TopicView"][];
            /** Window */
            window: string;
        };
        /**
         * LivePoint
         * @description Without a time it is now.
         */
        LivePoint: {
            /** Time */
            time?: string | number | null;
            /** Value */
            value: number;
        };
        /**
         * LivePointsRequest
         * @example {
         *       "points": [
         *         {
         *           "time": "2026-03-01T10:00:00Z",
         *           "value": 12.5
         *         }
         *       ]
         *     }
         */
        LivePointsRequest: {
            /** Points */
            points: components["schemas"]["LivePoint"][];
        };
        /**
         * MethodView
         * @description What a method was used for, its name, and the papers that describe it.
         */
        MethodView: {
            /** For */
            for: string;
            /** Name */
            name: string;
            /** Paper */
            paper: string;
        };
        /**
         * NewAlertRule
         * @description `subscriber` is one of yours, whose channel gets alarms, outside its quiet hours.
         * @example {
         *       "condition": {
         *         "hours": 24,
         *         "kind": "source_silent"
         *       },
         *       "name": "silence"
         *     }
         */
        NewAlertRule: {
            /** Condition */
            condition: components["schemas"]["TopicLevel"] | components["schemas"]["SourceSilent"] | components["schemas"]["SeriesAlarm"] | components["schemas"]["SeriesChange"];
            /** Name */
            name: string;
            /** Subscriber */
            subscriber?: string | null;
        };
        /**
         * NewCollection
         * @example {
         *       "name": "energy"
         *     }
         */
        NewCollection: {
            /** Name */
            name: string;
        };
        /**
         * NewDocuments
         * @example {
         *       "documents": [
         *         {
         *           "source": "wire",
         *           "title": "Grid operator warns of shortages"
         *         }
         *       ]
         *     }
         */
        NewDocuments: {
            /**
             * Category
             * @default
             */
            category?: string;
            /** Documents */
            documents: components["schemas"]["PushedDocument"][];
        };
        /**
         * NewGrants
         * @description The grants that replace the ones there are.
         * @example {
         *       "grants": [
         *         {
         *           "level": "view",
         *           "subject": "everyone"
         *         }
         *       ]
         *     }
         */
        NewGrants: {
            /** Grants */
            grants: components["schemas"]["GrantView"][];
        };
        /**
         * NewOwner
         * @example {
         *       "owner": "user:0123456789ab"
         *     }
         */
        NewOwner: {
            /** Owner */
            owner: string;
        };
        /**
         * NewQuery
         * @description A statement that returns points: a time, and one or more values in a row. It may only read.
         *
         *     The columns are the first one and all others, if none are named. `series` is the name of the series; with several
         *     columns of values, each is a series with the column's name after it.
         */
        NewQuery: {
            /**
             * Connection Id
             * @description id or name
             */
            connection_id: string;
            /** Params */
            params?: {
                [key: string]: string | number | boolean | null;
            };
            /** Series */
            series: string;
            /** Sql */
            sql: string;
            /**
             * Time Column
             * @default
             */
            time_column?: string;
            /** Value Columns */
            value_columns?: string[];
        };
        /**
         * NewReportSchedule
         * @description `subscriber` is one of yours, whose channel gets the findings of each report.
         * @example {
         *       "name": "weekly",
         *       "report": {
         *         "report_type": "industry"
         *       },
         *       "schedule": {
         *         "days": [
         *           1
         *         ],
         *         "mode": "daily",
         *         "times": [
         *           "08:00"
         *         ]
         *       }
         *     }
         */
        NewReportSchedule: {
            /** Name */
            name: string;
            report: components["schemas"]["ReportRequest"];
            /**
             * @default {
             *       "mode": "daily",
             *       "times": [
             *         "08:00"
             *       ],
             *       "days": [
             *         1
             *       ]
             *     }
             */
            schedule?: components["schemas"]["Schedule"];
            /** Subscriber */
            subscriber?: string | null;
            /**
             * Zone
             * @default UTC
             */
            zone?: string;
        };
        /**
         * NewRequest
         * @example {
         *       "level": "view"
         *     }
         */
        NewRequest: {
            /**
             * Level
             * @default view
             * @enum {string}
             */
            level?: "view" | "use" | "edit" | "manage";
        };
        /**
         * NewSource
         * @description Something to read on a schedule: a `url`, or for the kind `query` a statement for a connected database.
         *
         *     `selector` is a CSS selector, for a page, that marks an element for each item. Without `every_seconds` the source is
         *     read as often as it changes. `zone` is that of dates without one.
         * @example {
         *       "category": "technology",
         *       "url": "https://example.org/feed.xml"
         *     }
         */
        NewSource: {
            /**
             * Category
             * @default
             */
            category?: string;
            /** Every Seconds */
            every_seconds?: number | null;
            /**
             * Kind
             * @default feed
             * @enum {string}
             */
            kind?: "feed" | "page" | "sitemap" | "query";
            query?: components["schemas"]["NewQuery"] | null;
            /**
             * Selector
             * @default
             */
            selector?: string;
            /**
             * Url
             * @default
             */
            url?: string;
            /**
             * Zone
             * @default
             */
            zone?: string;
        };
        /**
         * NewSubscriber
         * @example {
         *       "address": {
         *         "channel": "ntfy",
         *         "url": "https://ntfy.sh/mytopic"
         *       },
         *       "name": "team",
         *       "schedule": {
         *         "mode": "daily",
         *         "times": [
         *           "08:30"
         *         ]
         *       },
         *       "watch": "0123456789ab",
         *       "zone": "Asia/Shanghai"
         *     }
         */
        NewSubscriber: {
            /** Address */
            address: components["schemas"]["WebhookAddress"] | components["schemas"]["EmailAddress"] | components["schemas"]["FeishuAddress"] | components["schemas"]["DingTalkAddress"] | components["schemas"]["WeComAddress"] | components["schemas"]["TelegramAddress"] | components["schemas"]["SlackAddress"] | components["schemas"]["NtfyAddress"];
            /**
             * Detail
             * @default summary
             * @enum {string}
             */
            detail?: "titles" | "summary";
            /**
             * Form
             * @default digest
             * @enum {string}
             */
            form?: "digest" | "single";
            /**
             * Is Paused
             * @default false
             */
            is_paused?: boolean;
            /**
             * Language
             * @default en
             * @enum {string}
             */
            language?: "en" | "zh";
            /** Name */
            name: string;
            quiet_hours?: components["schemas"]["QuietHours"] | null;
            /**
             * @default {
             *       "mode": "immediate",
             *       "times": [
             *         "08:00"
             *       ],
             *       "days": [
             *         1,
             *         2,
             *         3,
             *         4,
             *         5,
             *         6,
             *         7
             *       ]
             *     }
             */
            schedule?: components["schemas"]["Schedule"];
            /**
             * Updates
             * @default true
             */
            updates?: boolean;
            /** Watch */
            watch: string;
            /**
             * When Unsure
             * @default skip
             * @enum {string}
             */
            when_unsure?: "skip" | "resend";
            /**
             * Zone
             * @default UTC
             */
            zone?: string;
        };
        /**
         * NewWatch
         * @example {
         *       "name": "chips",
         *       "query": {
         *         "groups": [
         *           {
         *             "any_of": [
         *               "chip*",
         *               "芯片"
         *             ]
         *           }
         *         ]
         *       }
         *     }
         */
        NewWatch: {
            /** Name */
            name: string;
            query: components["schemas"]["WatchQuery"];
        };
        /**
         * NtfyAddress
         * @description The topic's URL, such as https://ntfy.sh/mytopic, and an access token if it needs one.
         */
        NtfyAddress: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            channel: "ntfy";
            /**
             * Token
             * Format: password
             * @default
             */
            token?: string;
            /** Url */
            url: string;
        };
        /**
         * OriginView
         * @description A forecast from one point in the past, beside what came.
         */
        OriginView: {
            /** Actual */
            actual: (number | null)[];
            /** Baseline */
            baseline: (number | null)[];
            /** Lower 80 */
            lower_80: (number | null)[];
            /** Lower 95 */
            lower_95: (number | null)[];
            /** Times */
            times: string[];
            /** Upper 80 */
            upper_80: (number | null)[];
            /** Upper 95 */
            upper_95: (number | null)[];
            /** Values */
            values: (number | null)[];
        };
        /**
         * OtherShift
         * @description Something of your own that changes: by `size` (0.1: 10 % more).
         */
        OtherShift: {
            /**
             * Elasticity
             * @default 1
             */
            elasticity?: number;
            /** Name */
            name: string;
            /** Size */
            size: number;
        };
        /** Period */
        Period: {
            /**
             * Since
             * Format: date-time
             */
            since: string;
            /**
             * Until
             * Format: date-time
             */
            until: string;
        };
        /**
         * PointView
         * @description `score` is 0 (usual) to 1, null for points that were not scored as they came. `note`: scored now, known (scored
         *     before), or late (older than the last scored point, so not scored).
         */
        PointView: {
            /** Alarm */
            alarm: boolean;
            /** Expected */
            expected: number | null;
            /**
             * Note
             * @default
             * @enum {string}
             */
            note?: "" | "scored" | "known" | "late";
            /** Score */
            score: number | null;
            /**
             * Time
             * Format: date-time
             */
            time: string;
            /** Value */
            value: number;
        };
        /**
         * Preview
         * @description What a watch would have matched. `looked_at` of the documents were looked at, newest first.
         */
        Preview: {
            /** Documents */
            documents: number;
            /** Looked At */
            looked_at: number;
            /** Matched */
            matched: number;
            /** Stories */
            stories: components["schemas"]["StoryView"][];
            /**
             * Window
             * @default 7d
             * @constant
             */
            window?: "7d";
        };
        /**
         * PushedDocument
         * @description A document with its time. `id` is your own name for it: the same name again replaces it.
         */
        PushedDocument: {
            /**
             * Author
             * @default
             */
            author?: string;
            /**
             * Id
             * @default
             */
            id?: string;
            /**
             * Language
             * @default
             */
            language?: string;
            /** Published At */
            published_at?: string | null;
            /**
             * Source
             * @default
             */
            source?: string;
            /**
             * Text
             * @default
             */
            text?: string;
            /** Title */
            title: string;
            /**
             * Url
             * @default
             */
            url?: string;
        };
        /**
         * PushedSeriesView
         * @description `given` points, of which `added` are at new times; the others replaced values. `removed` counts the oldest
         *     points, which went because a series keeps so many. `statements` say what was left out or folded.
         */
        PushedSeriesView: {
            /** Added */
            added: number;
            /** Given */
            given: number;
            /** Id */
            id: string;
            /** Name */
            name: string;
            /** Removed */
            removed: number;
            /** Statements */
            statements: components["schemas"]["StatementView"][];
        };
        /**
         * QualityView
         * @description How far to trust an answer; null for what could not be measured. `skill` is 1 minus the error divided by that of
         *     the naive forecast, `coverage_80` and `coverage_95` the shares of backtest values inside the intervals,
         *     `residual_p` the p-value of a test that the residuals are not autocorrelated, `gaps` the steps without a value.
         */
        QualityView: {
            /** Coverage 80 */
            coverage_80: number | null;
            /** Coverage 95 */
            coverage_95: number | null;
            /** Gaps */
            gaps: number;
            /** Points */
            points: number;
            /** Residual P */
            residual_p: number | null;
            /** Skill */
            skill: number | null;
            /**
             * Verdict
             * @enum {string}
             */
            verdict: "good" | "weak" | "no_better_than_naive" | "unknown";
        };
        /**
         * QuietHours
         * @description No message begins between these times; what happens then is told after them.
         */
        QuietHours: {
            /** From */
            from: string;
            /** To */
            to: string;
        };
        /** ReportDetail */
        ReportDetail: {
            content: components["schemas"]["Content"];
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Id */
            id: string;
            /** Inputs */
            inputs: {
                [key: string]: unknown;
            };
            /** Language */
            language: string;
            /** Owner */
            owner: string;
            /** Previous */
            previous: string | null;
            /**
             * Report Type
             * @enum {string}
             */
            report_type: "industry" | "topic" | "investment" | "custom";
            /** Title */
            title: string;
            /** Window */
            window: string;
        };
        /**
         * ReportRequest
         * @description `topic` is the id of one, for a report on it; `query` narrows any report as a watch does.
         *
         *     `by_model`: let the stack's language model write the summary; the default is to do so when there is one.
         * @example {
         *       "language": "en",
         *       "report_type": "industry",
         *       "window": "7d"
         *     }
         */
        ReportRequest: {
            /** By Model */
            by_model?: boolean | null;
            /**
             * Category
             * @default
             */
            category?: string;
            /**
             * Collection
             * @default default
             */
            collection?: string;
            /**
             * Language
             * @default en
             * @enum {string}
             */
            language?: "en" | "zh";
            query?: components["schemas"]["WatchQuery"] | null;
            /**
             * Report Type
             * @enum {string}
             */
            report_type: "industry" | "topic" | "investment" | "custom";
            /** Sections */
            sections?: ("changes" | "volume" | "topics" | "growth" | "sources" | "documents")[] | null;
            /** Title */
            title?: string | null;
            /** Topic */
            topic?: string | null;
            /**
             * Topics Max
             * @default 10
             */
            topics_max?: number;
            /**
             * Window
             * @default 7d
             */
            window?: string;
        };
        /** ReportScheduleView */
        ReportScheduleView: {
            /** Due At */
            due_at: string | null;
            /** Error */
            error: string;
            /** Id */
            id: string;
            /** Last Report */
            last_report: string | null;
            /** Name */
            name: string;
            /** Owner */
            owner: string;
            report: components["schemas"]["ReportRequest"];
            schedule: components["schemas"]["Schedule"];
            /** Subscriber */
            subscriber: string | null;
            /** Zone */
            zone: string;
        };
        /**
         * ReportView
         * @description A report in a list. `previous` is the one that it is compared with.
         */
        ReportView: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Id */
            id: string;
            /** Language */
            language: string;
            /** Owner */
            owner: string;
            /** Previous */
            previous: string | null;
            /**
             * Report Type
             * @enum {string}
             */
            report_type: "industry" | "topic" | "investment" | "custom";
            /** Title */
            title: string;
            /** Window */
            window: string;
        };
        /** RequestView */
        RequestView: {
            /**
             * Level
             * @enum {string}
             */
            level: "view" | "use" | "edit" | "manage";
            /**
             * Requested At
             * Format: date-time
             */
            requested_at: string;
            /** Subject */
            subject: string;
        };
        /**
         * ScenarioAnswer
         * @description The forecast under the stated shifts beside the baseline, which `factor` multiplies.
         */
        ScenarioAnswer: {
            /** Assumptions */
            assumptions: components["schemas"]["StatementView"][];
            baseline: components["schemas"]["Bands"];
            difference: components["schemas"]["Difference"];
            /** Factor */
            factor: (number | null)[];
            /** Indicator */
            indicator?: string | null;
            /** Methods */
            methods: components["schemas"]["MethodView"][];
            /** Name */
            name?: string | null;
            /** Period */
            period: number;
            quality: components["schemas"]["QualityView"];
            scenario: components["schemas"]["Bands"];
            /** Scenario Name */
            scenario_name: string;
            /** Since */
            since: string | null;
            /** Statements */
            statements: components["schemas"]["StatementView"][];
            step: components["schemas"]["StepView"] | null;
            /** Steps */
            steps: number;
            /** Times */
            times: string[];
            /** Tried */
            tried: components["schemas"]["TriedView"][];
            /** Until */
            until: string | null;
        };
        /**
         * ScenarioRequest
         * @description Shares by which demand and supply change, and how strong a policy is; each times its elasticity.
         *
         *     The change begins at step `start` of the forecast and is complete `ramp` steps later.
         * @example {
         *       "demand_shift": -0.1,
         *       "points": [
         *         [
         *           "2026-01",
         *           10
         *         ],
         *         [
         *           "2026-02",
         *           12
         *         ],
         *         [
         *           "2026-03",
         *           13
         *         ]
         *       ],
         *       "policy_elasticity": -0.5,
         *       "policy_intensity": 0.2,
         *       "scenario_name": "subsidy ends"
         *     }
         */
        ScenarioRequest: {
            /** Bucket */
            bucket?: ("hour" | "day" | "week") | null;
            /**
             * Demand Elasticity
             * @default 1
             */
            demand_elasticity?: number;
            /**
             * Demand Shift
             * @default 0
             */
            demand_shift?: number;
            /** Horizon */
            horizon?: number | null;
            /** Indicator */
            indicator?: string | null;
            /** Language */
            language?: ("en" | "zh") | null;
            /** Other Shifts */
            other_shifts?: components["schemas"]["OtherShift"][];
            /** Points */
            points?: [
                string | number,
                number | string | null
            ][] | null;
            /**
             * Policy Elasticity
             * @default 1
             */
            policy_elasticity?: number;
            /**
             * Policy Intensity
             * @default 0
             */
            policy_intensity?: number;
            /**
             * Ramp
             * @default 0
             */
            ramp?: number;
            /** Scenario Name */
            scenario_name: string;
            /**
             * Start
             * @default 0
             */
            start?: number;
            /** Step Seconds */
            step_seconds?: number | null;
            /**
             * Supply Elasticity
             * @default 1
             */
            supply_elasticity?: number;
            /**
             * Supply Shift
             * @default 0
             */
            supply_shift?: number;
            /** Support */
            support?: ("any" | "non_negative" | "counts") | null;
            /** Window */
            window?: string | null;
        };
        /**
         * Schedule
         * @description `immediate`: as stories appear. `hourly`. `daily`: at `times` on `days` (1 is Monday).
         */
        Schedule: {
            /**
             * Days
             * @default [
             *       1,
             *       2,
             *       3,
             *       4,
             *       5,
             *       6,
             *       7
             *     ]
             */
            days?: number[];
            /**
             * Mode
             * @default immediate
             * @enum {string}
             */
            mode?: "immediate" | "hourly" | "daily";
            /**
             * Times
             * @default [
             *       "08:00"
             *     ]
             */
            times?: string[];
        };
        /** ScoredPoints */
        ScoredPoints: {
            /** Method */
            method: string;
            /** Points */
            points: components["schemas"]["PointView"][];
            /** Series */
            series: string;
            /** State */
            state: string;
        };
        /** SeasonView */
        SeasonView: {
            /** Length */
            length: string;
            /** Period */
            period: number;
            /** Strength */
            strength: number | null;
        };
        /**
         * SeriesAlarm
         * @description A live series is in alarm: one of `series` (ids or names), or any.
         */
        SeriesAlarm: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "series_alarm";
            /**
             * Series
             * @default []
             */
            series?: string[];
        };
        /**
         * SeriesChange
         * @description The level or slope of a series changed within `window` before its last point, as far as the points can tell.
         */
        SeriesChange: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "series_change";
            /** Series */
            series: string[];
            /**
             * Window
             * @default 7d
             */
            window?: string;
        };
        /**
         * SeriesView
         * @description `state` is that of the live detector: learning, normal, alarm or acknowledged; null without live points.
         */
        SeriesView: {
            /**
             * Changed At
             * Format: date-time
             */
            changed_at: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** First At */
            first_at: string | null;
            /** Id */
            id: string;
            /** Last At */
            last_at: string | null;
            /** Name */
            name: string;
            /** Points */
            points: number;
            /** Source */
            source: string | null;
            /** State */
            state?: string | null;
            /** Step Seconds */
            step_seconds: number | null;
            /**
             * Support
             * @enum {string}
             */
            support: "any" | "non_negative" | "counts";
            /** Unit */
            unit: string;
        };
        /**
         * SlackAddress
         * @description An incoming webhook's URL.
         */
        SlackAddress: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            channel: "slack";
            /** Url */
            url: string;
        };
        /** SourceRow */
        SourceRow: {
            /** Documents */
            documents: number;
            /** First */
            first: number;
            /** Source */
            source: string;
        };
        /**
         * SourceShare
         * @description A source of a topic: when it was first to have it, and how many documents it has.
         */
        SourceShare: {
            /** Documents */
            documents: number;
            /**
             * First At
             * Format: date-time
             */
            first_at: string;
            /** Source */
            source: string;
        };
        /**
         * SourceSilent
         * @description A source brought nothing new for so many hours: one of `sources` (ids), or any.
         */
        SourceSilent: {
            /** Hours */
            hours: number;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "source_silent";
            /**
             * Sources
             * @default []
             */
            sources?: string[];
        };
        /**
         * SourceView
         * @description `error` is why the last read failed, `notes` what was odd in it. Without `due_at` it is not read any more.
         */
        SourceView: {
            /** Category */
            category: string;
            /** Changed At */
            changed_at: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Documents */
            documents: number;
            /** Due At */
            due_at: string | null;
            /** Error */
            error: string;
            /** Every Seconds */
            every_seconds: number | null;
            /** Id */
            id: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "feed" | "page" | "sitemap" | "query";
            /** Notes */
            notes: string[];
            /** Owner */
            owner: string;
            /** Read At */
            read_at: string | null;
            /** Selector */
            selector: string;
            /** Title */
            title: string;
            /** Url */
            url: string;
        };
        /**
         * StatementView
         * @description A sentence, and its code and values for other languages and programs.
         */
        StatementView: {
            /** Code */
            code: string;
            /** Parameters */
            parameters: {
                [key: string]: number | string;
            };
            /** Text */
            text: string;
        };
        /** StepView */
        StepView: {
            /** Months */
            months: number;
            /** Seconds */
            seconds: number;
            /** Text */
            text: string;
        };
        /**
         * StoryView
         * @description A story that a watch matches: its topic, the group that matches, and the newest documents that do.
         */
        StoryView: {
            /** Documents */
            documents: number;
            /** Evidence */
            evidence: components["schemas"]["Evidence"][];
            /**
             * First At
             * Format: date-time
             */
            first_at: string;
            /** Group */
            group: string;
            /**
             * Last At
             * Format: date-time
             */
            last_at: string;
            /** Name */
            name: string;
            /** Sources */
            sources: number;
            /**
             * State
             * @enum {string}
             */
            state: "emerging" | "rising" | "peaking" | "fading" | "steady";
            /** Surprise */
            surprise: number;
            /** Topic */
            topic: string;
        };
        /**
         * SubscriberView
         * @description `place` is where messages go, without its secrets. `error` is why the last message could not be sent.
         */
        SubscriberView: {
            /** Channel */
            channel: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Detail
             * @default summary
             * @enum {string}
             */
            detail?: "titles" | "summary";
            /** Due At */
            due_at: string | null;
            /** Error */
            error: string;
            /**
             * Form
             * @default digest
             * @enum {string}
             */
            form?: "digest" | "single";
            /** Id */
            id: string;
            /**
             * Is Paused
             * @default false
             */
            is_paused?: boolean;
            /**
             * Language
             * @default en
             * @enum {string}
             */
            language?: "en" | "zh";
            /** Name */
            name: string;
            /** Owner */
            owner: string;
            /** Place */
            place: string;
            quiet_hours?: components["schemas"]["QuietHours"] | null;
            /**
             * @default {
             *       "mode": "immediate",
             *       "times": [
             *         "08:00"
             *       ],
             *       "days": [
             *         1,
             *         2,
             *         3,
             *         4,
             *         5,
             *         6,
             *         7
             *       ]
             *     }
             */
            schedule?: components["schemas"]["Schedule"];
            /**
             * Updates
             * @default true
             */
            updates?: boolean;
            /** Watch */
            watch: string;
            /**
             * When Unsure
             * @default skip
             * @enum {string}
             */
            when_unsure?: "skip" | "resend";
            /**
             * Zone
             * @default UTC
             */
            zone?: string;
        };
        /** TelegramAddress */
        TelegramAddress: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            channel: "telegram";
            /** Chat */
            chat: string;
            /**
             * Server
             * @default https://api.telegram.org
             */
            server?: string;
            /**
             * Token
             * Format: password
             */
            token: string;
        };
        /**
         * TermSeries
         * @description Documents with a term in each bucket, and the topics that it stands in most often.
         */
        TermSeries: {
            /** Bucket Seconds */
            bucket_seconds: number;
            /** Count */
            count: number;
            /** Expected */
            expected: number;
            /**
             * Since
             * Format: date-time
             */
            since: string;
            /** Sources */
            sources: number;
            /**
             * State
             * @enum {string}
             */
            state: "emerging" | "rising" | "peaking" | "fading" | "steady";
            /** Surprise */
            surprise: number;
            /** Term */
            term: string;
            /** Together */
            together: string[];
            /** Volume */
            volume: number[];
            /** Window */
            window: string;
            /** Written */
            written: string;
        };
        /** TopicDetail */
        TopicDetail: {
            /** Newest */
            newest: components["schemas"]["DocumentView"][];
            /** Spread */
            spread: components["schemas"]["SourceShare"][];
            topic: components["schemas"]["TopicView"];
        };
        /**
         * TopicLevel
         * @description A topic has `documents` or more in the window, or its growth is as surprising as `surprise`, or both if both
         *     are stated. `query` narrows it to topics that match.
         */
        TopicLevel: {
            /** Documents */
            documents?: number | null;
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            kind: "topic_level";
            query?: components["schemas"]["WatchQuery"] | null;
            /** Surprise */
            surprise?: number | null;
            /**
             * Window
             * @default 24h
             */
            window?: string;
        };
        /** TopicRow */
        TopicRow: {
            /** Count */
            count: number;
            /** Expected */
            expected: number;
            /**
             * First At
             * Format: date-time
             */
            first_at: string;
            /** Id */
            id: string;
            /** Name */
            name: string;
            /** Sources */
            sources: number;
            /**
             * State
             * @enum {string}
             */
            state: "emerging" | "rising" | "peaking" | "fading" | "steady";
            /** Surprise */
            surprise: number;
            /** Volume */
            volume: number[];
        };
        /**
         * TopicView
         * @description `volume` counts its documents in each bucket of the window; `surprise` is -log10 of their probability.
         */
        TopicView: {
            /** Count */
            count: number;
            /** Documents */
            documents: number;
            /** Expected */
            expected: number;
            /**
             * First At
             * Format: date-time
             */
            first_at: string;
            /** Id */
            id: string;
            /** Is One Source */
            is_one_source: boolean;
            /** Key Terms */
            key_terms: string[];
            /**
             * Last At
             * Format: date-time
             */
            last_at: string;
            /** Name */
            name: string;
            /** Sources */
            sources: number;
            /**
             * State
             * @enum {string}
             */
            state: "emerging" | "rising" | "peaking" | "fading" | "steady";
            /** Surprise */
            surprise: number;
            /** Volume */
            volume: number[];
        };
        /**
         * TrendView
         * @description `slope` is a step's. `strength` is 0 to 1.
         */
        TrendView: {
            /**
             * Direction
             * @enum {string}
             */
            direction: "up" | "down" | "flat";
            /** Slope */
            slope: number | null;
            /** Strength */
            strength: number | null;
        };
        /**
         * TriedView
         * @description A model that was tried, and its mean absolute error in the backtest.
         */
        TriedView: {
            /** Error */
            error: number | null;
            /** Name */
            name: string;
            /** Paper */
            paper: string;
        };
        /**
         * WatchQuery
         * @description What to watch for: any of the groups, and none of `none_of`. Without groups it is everything hot.
         *
         *     `surprise_min` is how surprising a story's growth must be, as -log10 of its probability: 1.3 is 5 %, 3 is 0.1 %.
         *     It is 0 with groups, and 1.3 without, unless you state it.
         * @example {
         *       "groups": [
         *         {
         *           "any_of": [
         *             "chip*",
         *             "芯片"
         *           ],
         *           "name": "Chips",
         *           "none_of": [
         *             "potato"
         *           ]
         *         }
         *       ]
         *     }
         */
        WatchQuery: {
            /**
             * Categories
             * @default []
             */
            categories?: string[];
            /**
             * Documents Min
             * @default 1
             */
            documents_min?: number;
            /**
             * Groups
             * @default []
             */
            groups?: components["schemas"]["Group"][];
            /**
             * Languages
             * @default []
             */
            languages?: string[];
            /**
             * None Of
             * @default []
             */
            none_of?: string[];
            /**
             * Sources
             * @default []
             */
            sources?: string[];
            /** Surprise Min */
            surprise_min?: number | null;
        };
        /** WatchView */
        WatchView: {
            /**
             * Changed At
             * Format: date-time
             */
            changed_at: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Id */
            id: string;
            /** Name */
            name: string;
            /** Owner */
            owner: string;
            query: components["schemas"]["WatchQuery"];
        };
        /**
         * WebhookAddress
         * @description Gets JSON. With a secret, the header `X-Signature: t=SECONDS,v1=HEX` signs `SECONDS.BODY` (HMAC-SHA256).
         */
        WebhookAddress: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            channel: "webhook";
            /**
             * Secret
             * Format: password
             * @default
             */
            secret?: string;
            /** Url */
            url: string;
        };
        /**
         * WeComAddress
         * @description A group robot's webhook URL.
         */
        WeComAddress: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            channel: "wecom";
            /** Url */
            url: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    ready_health_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
        };
    };
    live_health_live_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        [key: string]: string;
                    };
                };
            };
        };
    };
    ready_health_ready_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
        };
    };
    list_rules_v1_trend_alert_rules_get: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertRuleView"][];
                };
            };
        };
    };
    add_rule_v1_trend_alert_rules_post: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAlertRule"];
            };
        };
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertRuleView"];
                };
            };
        };
    };
    delete_rule_v1_trend_alert_rules__rule_id__delete: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path: {
                rule_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_alerts_v1_trend_alerts_get: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
                /** @description only alarms and acknowledged ones */
                open?: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertView"][];
                };
            };
        };
    };
    acknowledge_alert_v1_trend_alerts__alert_id__acknowledge_post: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path: {
                alert_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    analyze_v1_trend_analyze_post: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: {
                /** @description en or zh; `language` in the request comes first */
                "accept-language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AnalysisRequest"];
            };
        };
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnalysisAnswer"];
                };
            };
        };
    };
    backtest_v1_trend_backtest_post: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: {
                /** @description en or zh; `language` in the request comes first */
                "accept-language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BacktestRequest"];
            };
        };
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BacktestAnswer"];
                };
            };
        };
    };
    show_belongings_v1_trend_belongings_get: {
        parameters: {
            query: {
                /** @description name each thing, too */
                list?: boolean;
                subject: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Belongings"];
                };
            };
        };
    };
    hand_over_v1_trend_belongings_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Bequest"];
            };
        };
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Belongings"];
                };
            };
        };
    };
    export_belongings_v1_trend_belongings_contents_get: {
        parameters: {
            query: {
                subject: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_collections_v1_trend_collections_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CollectionView"][];
                };
            };
        };
    };
    create_collection_v1_trend_collections_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewCollection"];
            };
        };
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CollectionView"];
                };
            };
        };
    };
    delete_collection_v1_trend_collections__collection__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    show_access_v1_trend_collections__thing__access_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                thing: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessView"];
                };
            };
        };
    };
    set_access_v1_trend_collections__thing__access_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                thing: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewGrants"];
            };
        };
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessView"];
                };
            };
        };
    };
    list_requests_v1_trend_collections__thing__access_requests_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                thing: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestView"][];
                };
            };
        };
    };
    request_access_v1_trend_collections__thing__access_requests_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                thing: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRequest"];
            };
        };
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
        };
    };
    decline_v1_trend_collections__thing__access_requests__subject__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                subject: string;
                thing: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    transfer_v1_trend_collections__thing__owner_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                thing: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewOwner"];
            };
        };
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Offered to the new owner */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    compare_v1_trend_compare_post: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: {
                /** @description en or zh; `language` in the request comes first */
                "accept-language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CompareRequest"];
            };
        };
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Comparison"];
                };
            };
        };
    };
    start_crawl_v1_trend_crawl_start_post: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
                /** @description only these sources */
                source?: string[];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CrawlStarted"];
                };
            };
        };
    };
    crawl_status_v1_trend_crawl_status_get: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CrawlStatus"];
                };
            };
        };
    };
    show_dashboard_v1_trend_dashboard_get: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
                /** @description such as 24h, 7d or 4w */
                window?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Dashboard"];
                };
            };
        };
    };
    list_documents_v1_trend_documents_get: {
        parameters: {
            query?: {
                before?: string | null;
                /** @description id or name of the collection */
                collection?: string;
                limit?: number;
                source?: string;
                topic?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DocumentView"][];
                };
            };
        };
    };
    push_documents_v1_trend_documents_post: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewDocuments"];
            };
        };
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Added"];
                };
            };
        };
    };
    delete_document_v1_trend_documents__document__delete: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path: {
                document: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    forecast_v1_trend_forecast_post: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: {
                /** @description en or zh; `language` in the request comes first */
                "accept-language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ForecastRequest"];
            };
        };
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ForecastAnswer"];
                };
            };
        };
    };
    hot_topics_v1_trend_hot_topics_get: {
        parameters: {
            query?: {
                category?: string;
                /** @description id or name of the collection */
                collection?: string;
                documents_min?: number;
                limit?: number;
                /** @description such as 24h, 7d or 4w */
                window?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HotTopics"];
                };
            };
        };
    };
    list_report_schedules_v1_trend_report_schedules_get: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportScheduleView"][];
                };
            };
        };
    };
    schedule_report_v1_trend_report_schedules_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewReportSchedule"];
            };
        };
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportScheduleView"];
                };
            };
        };
    };
    delete_schedule_v1_trend_report_schedules__schedule_id__delete: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path: {
                schedule_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    run_schedule_v1_trend_report_schedules__schedule_id__run_post: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path: {
                schedule_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
        };
    };
    generate_report_v1_trend_report_generate_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReportRequest"];
            };
        };
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportDetail"];
                };
            };
        };
    };
    list_reports_v1_trend_reports_get: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportView"][];
                };
            };
        };
    };
    show_report_v1_trend_reports__report_id__get: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
                format?: "json" | "html" | "markdown" | "pdf";
            };
            header?: never;
            path: {
                report_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportDetail"];
                };
            };
        };
    };
    delete_report_v1_trend_reports__report_id__delete: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path: {
                report_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    compare_reports_v1_trend_reports__report_id__changes_get: {
        parameters: {
            query: {
                /** @description id or name of the collection */
                collection?: string;
                since: string;
            };
            header?: never;
            path: {
                report_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changes"];
                };
            };
        };
    };
    show_chart_v1_trend_reports__report_id__charts__chart__get: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path: {
                chart: string;
                report_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
        };
    };
    scenario_v1_trend_scenario_post: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: {
                /** @description en or zh; `language` in the request comes first */
                "accept-language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ScenarioRequest"];
            };
        };
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScenarioAnswer"];
                };
            };
        };
    };
    list_series_v1_trend_series_get: {
        parameters: {
            query?: {
                after?: string;
                /** @description id or name of the collection */
                collection?: string;
                contains?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SeriesView"][];
                };
            };
        };
    };
    push_series_v1_trend_series_post: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
                language?: ("en" | "zh") | null;
                /** @description of the series, for points that name none */
                name?: string;
                step_seconds?: number | null;
                /** @description which values are possible */
                support?: ("any" | "non_negative" | "counts") | null;
                unit?: string | null;
                /** @description of times of day that state none, as Asia/Shanghai */
                zone?: string;
            };
            header?: {
                /** @description en or zh; `language` in the request comes first */
                "accept-language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "series": [
                 *         {
                 *           "name": "sales",
                 *           "points": [
                 *             [
                 *               "2026-03-01",
                 *               10
                 *             ],
                 *             [
                 *               "2026-03-02",
                 *               12.5
                 *             ]
                 *           ]
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": unknown;
                /** @example {"series": "sales", "time": "2026-03-01", "value": 10} */
                "application/x-ndjson": string;
                /**
                 * @example time,sales
                 *     2026-03-01,10
                 *     2026-03-02,12.5
                 */
                "text/csv": string;
            };
        };
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PushedSeriesView"][];
                };
            };
        };
    };
    show_series_v1_trend_series__series__get: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path: {
                series: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SeriesView"];
                };
            };
        };
    };
    delete_series_v1_trend_series__series__delete: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path: {
                series: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    acknowledge_alarm_v1_trend_series__series__acknowledge_post: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path: {
                series: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SeriesView"];
                };
            };
        };
    };
    list_points_v1_trend_series__series__points_get: {
        parameters: {
            query?: {
                /** @description only points that raised an alarm */
                alarms?: boolean;
                /** @description id or name of the collection */
                collection?: string;
                limit?: number;
                since?: string | null;
                until?: string | null;
            };
            header?: never;
            path: {
                series: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PointView"][];
                };
            };
        };
    };
    add_points_v1_trend_series__series__points_post: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path: {
                series: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LivePointsRequest"];
            };
        };
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScoredPoints"];
                };
            };
        };
    };
    list_sources_v1_trend_sources_get: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SourceView"][];
                };
            };
        };
    };
    add_source_v1_trend_sources_post: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSource"];
            };
        };
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SourceView"];
                };
            };
        };
    };
    remove_source_v1_trend_sources__source_id__delete: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path: {
                source_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_subscribers_v1_trend_subscribers_get: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriberView"][];
                };
            };
        };
    };
    add_subscriber_v1_trend_subscribers_post: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSubscriber"];
            };
        };
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriberView"];
                };
            };
        };
    };
    show_subscriber_v1_trend_subscribers__subscriber_id__get: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path: {
                subscriber_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriberView"];
                };
            };
        };
    };
    change_subscriber_v1_trend_subscribers__subscriber_id__put: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path: {
                subscriber_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangedSubscriber"];
            };
        };
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriberView"];
                };
            };
        };
    };
    delete_subscriber_v1_trend_subscribers__subscriber_id__delete: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path: {
                subscriber_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    list_messages_v1_trend_subscribers__subscriber_id__messages_get: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path: {
                subscriber_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryView"][];
                };
            };
        };
    };
    send_again_v1_trend_subscribers__subscriber_id__messages__message__send_again_post: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path: {
                message: string;
                subscriber_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryView"];
                };
            };
        };
    };
    test_subscriber_v1_trend_subscribers__subscriber_id__test_post: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path: {
                subscriber_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
        };
    };
    try_subscriber_v1_trend_subscribers_dry_run_post: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSubscriber"];
            };
        };
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DryRun"];
                };
            };
        };
    };
    show_term_v1_trend_terms__term__get: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
                /** @description such as 24h, 7d or 4w */
                window?: string;
            };
            header?: never;
            path: {
                term: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TermSeries"];
                };
            };
        };
    };
    show_topic_v1_trend_topics__topic__get: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
                /** @description such as 24h, 7d or 4w */
                window?: string;
            };
            header?: never;
            path: {
                topic: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TopicDetail"];
                };
            };
        };
    };
    list_watches_v1_trend_watches_get: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WatchView"][];
                };
            };
        };
    };
    create_watch_v1_trend_watches_post: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewWatch"];
            };
        };
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WatchView"];
                };
            };
        };
    };
    show_watch_v1_trend_watches__watch_id__get: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path: {
                watch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WatchView"];
                };
            };
        };
    };
    change_watch_v1_trend_watches__watch_id__put: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path: {
                watch_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewWatch"];
            };
        };
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WatchView"];
                };
            };
        };
    };
    delete_watch_v1_trend_watches__watch_id__delete: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path: {
                watch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    preview_watch_v1_trend_watches_preview_post: {
        parameters: {
            query?: {
                /** @description id or name of the collection */
                collection?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WatchQuery"];
            };
        };
        responses: {
            /** @description A problem document (RFC 9457) */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description A problem document (RFC 9457) */
            "5XX": {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": {
                        detail: string;
                        request_id?: string;
                        status: number;
                        title: string;
                        /** @example urn:ai-stack:problem:not-found */
                        type: string;
                    };
                };
            };
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Preview"];
                };
            };
        };
    };
}
