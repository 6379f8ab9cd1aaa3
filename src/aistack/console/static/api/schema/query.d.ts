// Written by scripts/api-types from the OpenAPI document of the service: do not edit.

export interface paths {
    "/api/query": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run
         * @description Runs one statement and streams its rows as JSON, NDJSON, CSV, Arrow IPC or Parquet.
         */
        post: operations["run_api_query_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/query/{query_id}": {
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
         * Cancel
         * @description Cancels a running query, also on the database server.
         */
        delete: operations["cancel_api_query__query_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/query/belongings": {
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
        get: operations["show_belongings_api_query_belongings_get"];
        put?: never;
        /**
         * Hand Over
         * @description Hands everything over to the heir, or deletes it, and removes the subject's grants. Returns what there was.
         *
         *     Repeat it if it fails: what was handled stays handled.
         */
        post: operations["hand_over_api_query_belongings_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/query/belongings/contents": {
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
        get: operations["export_belongings_api_query_belongings_contents_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/query/command": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Command
         * @description Runs a read-only command on Redis or MongoDB.
         */
        post: operations["command_api_query_command_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/query/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Explain
         * @description The server's plan for a statement, without running it.
         */
        post: operations["explain_api_query_explain_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/query/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Runs
         * @description Your statements, newest first. Owners of the stack can list everyone's.
         */
        get: operations["list_runs_api_query_history_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/query/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Jobs
         * @description Your jobs, newest first.
         */
        get: operations["list_jobs_api_query_jobs_get"];
        put?: never;
        /**
         * Open Job
         * @description Runs a statement in the background. The result can be downloaded until it expires.
         */
        post: operations["open_job_api_query_jobs_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/query/jobs/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show Job */
        get: operations["show_job_api_query_jobs__job_id__get"];
        put?: never;
        post?: never;
        /**
         * Remove Job
         * @description Cancels the job if it is running, and deletes its result.
         */
        delete: operations["remove_job_api_query_jobs__job_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/query/jobs/{job_id}/result": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Result
         * @description The rows, in the format that was requested.
         */
        get: operations["result_api_query_jobs__job_id__result_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/query/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Keys
         * @description Lists about `count` keys of a Redis database, starting at a cursor.
         */
        get: operations["keys_api_query_keys_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/query/saved": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Saved
         * @description Your saved queries, and those that are shared with you.
         */
        get: operations["list_saved_api_query_saved_get"];
        put?: never;
        /**
         * Save
         * @description Saves a query of your own under a name, replacing an earlier one with that name.
         */
        post: operations["save_api_query_saved_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/query/saved/{saved_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show Saved */
        get: operations["show_saved_api_query_saved__saved_id__get"];
        /**
         * Change Saved
         * @description Replaces a saved query. A schedule stops until its owner saves it if someone else does this.
         */
        put: operations["change_saved_api_query_saved__saved_id__put"];
        post?: never;
        /** Remove Saved */
        delete: operations["remove_saved_api_query_saved__saved_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/query/saved/{saved_id}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run Saved
         * @description Runs a saved query with your own rights. `params` override its default parameters.
         */
        post: operations["run_saved_api_query_saved__saved_id__run_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/query/saved/{thing}/access": {
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
        get: operations["show_access_api_query_saved__thing__access_get"];
        /**
         * Set Access
         * @description Replaces the grants. The owner always keeps all rights.
         */
        put: operations["set_access_api_query_saved__thing__access_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/query/saved/{thing}/access/requests": {
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
        get: operations["list_requests_api_query_saved__thing__access_requests_get"];
        put?: never;
        /**
         * Request Access
         * @description Asks the thing's managers for access. The response does not show whether the thing exists, nor its time.
         */
        post: operations["request_access_api_query_saved__thing__access_requests_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/query/saved/{thing}/access/requests/{subject}": {
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
        delete: operations["decline_api_query_saved__thing__access_requests__subject__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/query/saved/{thing}/owner": {
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
        put: operations["transfer_api_query_saved__thing__owner_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/query/validate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Validate
         * @description Checks whether a statement may run and which tables it uses, without running it.
         */
        post: operations["validate_api_query_validate_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
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
        /** ColumnView */
        ColumnView: {
            /** Name */
            name: string;
            /** Type */
            type: string;
        };
        /**
         * CommandAnswer
         * @description `value` is text, a number, a list or a map. Binary values are hexadecimal with the prefix 0x.
         */
        CommandAnswer: {
            /** Elapsed Ms */
            elapsed_ms: number;
            /** Query Id */
            query_id: string;
            /** Value */
            value: unknown;
        };
        /**
         * CommandRequest
         * @description A command for a database without SQL.
         *
         *     For Redis, a list of words, or a line that is split as a shell would; for MongoDB a document as extended JSON, such
         *     as `{"find": "orders", "filter": {"status": "paid"}, "limit": 10}`.
         * @example {
         *       "command": "HGETALL user:1",
         *       "connection_id": "cache"
         *     }
         */
        CommandRequest: {
            /** Command */
            command: string | string[];
            /** Connection Id */
            connection_id: string;
        };
        /**
         * CsvOptions
         * @description How CSV is written. The defaults are RFC 4180; `bom` is what Excel needs to read UTF-8.
         */
        CsvOptions: {
            /**
             * Bom
             * @description begin with a byte order mark
             * @default false
             */
            bom?: boolean;
            /**
             * Defuse Formulas
             * @description put ' before texts that a spreadsheet would run: those that begin with = + - @
             * @default false
             */
            defuse_formulas?: boolean;
            /**
             * Delimiter
             * @default ,
             * @enum {string}
             */
            delimiter?: "," | ";" | "\t" | "|";
            /**
             * Header
             * @default true
             */
            header?: boolean;
            /**
             * Null
             * @description what stands for NULL
             * @default
             */
            null?: string;
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
        /** JobView */
        JobView: {
            /** Bytes */
            bytes: number;
            /** Connection Id */
            connection_id: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Error */
            error: string;
            /** Expires At */
            expires_at: string | null;
            /** Finished At */
            finished_at: string | null;
            /**
             * Format
             * @enum {string}
             */
            format: "json" | "ndjson" | "csv" | "arrow" | "parquet";
            /** Id */
            id: string;
            /** Owner */
            owner: string;
            /** Rows */
            rows: number;
            /**
             * State
             * @enum {string}
             */
            state: "queued" | "running" | "done" | "failed" | "cancelled";
        };
        /**
         * KeyPage
         * @description `cursor` leads to the next page; 0 if this is the last one.
         */
        KeyPage: {
            /** Cursor */
            cursor: number;
            /** Keys */
            keys: components["schemas"]["KeyView"][];
        };
        /** KeyView */
        KeyView: {
            /** Key */
            key: string;
            /**
             * Ttl Seconds
             * @description -1: does not expire
             */
            ttl_seconds: number;
            /** Type */
            type: string;
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
         * NewSaved
         * @description A query to save. `parameters` are defaults; with `every_seconds` it runs periodically as a job.
         * @example {
         *       "connection_id": "shop",
         *       "name": "orders a day",
         *       "sql": "SELECT count(*) FROM orders"
         *     }
         */
        NewSaved: {
            /**
             * About
             * @default
             */
            about?: string;
            /** Connection Id */
            connection_id: string;
            /** Every Seconds */
            every_seconds?: number | null;
            /** Name */
            name: string;
            /** Parameters */
            parameters?: {
                [key: string]: string | number | boolean | (string | number | boolean | null)[] | null;
            };
            /** Sql */
            sql: string;
        };
        /**
         * Plan
         * @description The server's query plan. The statement is not executed.
         */
        Plan: {
            /** Plan */
            plan: string[];
        };
        /**
         * QueryAnswer
         * @description Values: decimals, dates and times are text, binary is base64, integers beyond 2^53 are text.
         */
        QueryAnswer: {
            /**
             * Applied
             * @default false
             */
            applied?: boolean;
            /**
             * Changed
             * @description rows that a writing statement changed, or would change
             */
            changed?: number | null;
            /** Columns */
            columns: components["schemas"]["ColumnView"][];
            /** Elapsed Ms */
            elapsed_ms: number;
            /**
             * Error
             * @description why the rows are incomplete
             * @default
             */
            error?: string;
            /** Query Id */
            query_id: string;
            /** Row Count */
            row_count: number;
            /** Rows */
            rows: unknown[][];
            /**
             * Truncated
             * @description the limit at which the rows were cut off
             * @enum {string}
             */
            truncated: "" | "rows" | "bytes";
        };
        /**
         * QueryRequest
         * @description A statement to run. One that writes is rolled back after showing what it changes, unless `apply` is set.
         * @example {
         *       "connection_id": "shop",
         *       "params": {
         *         "city": "Kiel"
         *       },
         *       "sql": "SELECT name FROM customers WHERE city = :city"
         *     }
         */
        QueryRequest: {
            /**
             * Apply
             * @description commit what a writing statement changes
             * @default false
             */
            apply?: boolean;
            /**
             * Connection Id
             * @description id or name
             */
            connection_id: string;
            /**
             * @description options of the format csv
             * @default {
             *       "delimiter": ",",
             *       "header": true,
             *       "bom": false,
             *       "null": "",
             *       "defuse_formulas": false
             *     }
             */
            csv?: components["schemas"]["CsvOptions"];
            /**
             * Format
             * @default json
             * @enum {string}
             */
            format?: "json" | "ndjson" | "csv" | "arrow" | "parquet";
            /**
             * Limit
             * @description rows at most; the default is 1000 for json, and no limit for the other formats
             */
            limit?: number | null;
            /**
             * Params
             * @description values for :name in the statement; a list for IN (:name)
             */
            params?: {
                [key: string]: string | number | boolean | (string | number | boolean | null)[] | null;
            };
            /**
             * Query Id
             * @description an id for cancelling; generated if not given
             */
            query_id?: string | null;
            /** Sql */
            sql: string;
            /** Timeout Seconds */
            timeout_seconds?: number | null;
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
        /** RunList */
        RunList: {
            /** Runs */
            runs: components["schemas"]["RunView"][];
            /** Total */
            total: number;
        };
        /** RunView */
        RunView: {
            /**
             * Begun At
             * Format: date-time
             */
            begun_at: string;
            /** Connection */
            connection: string;
            /** Connection Id */
            connection_id: string;
            /** Elapsed Ms */
            elapsed_ms: number;
            /** Error */
            error: string;
            /** Id */
            id: string;
            /** Mode */
            mode: string;
            /** Principal */
            principal: string;
            /** Rows */
            rows: number;
            /** Sql */
            sql: string;
            /**
             * State
             * @enum {string}
             */
            state: "done" | "failed" | "refused" | "cancelled";
            /** Tables */
            tables: string[];
        };
        /** SavedRun */
        SavedRun: {
            /**
             * Format
             * @default json
             * @enum {string}
             */
            format?: "json" | "ndjson" | "csv" | "arrow" | "parquet";
            /** Limit */
            limit?: number | null;
            /** Params */
            params?: {
                [key: string]: string | number | boolean | (string | number | boolean | null)[] | null;
            };
        };
        /**
         * SavedView
         * @description `stopped` is why its schedule no longer runs.
         * @example {
         *       "connection_id": "shop",
         *       "name": "orders a day",
         *       "sql": "SELECT count(*) FROM orders"
         *     }
         */
        SavedView: {
            /**
             * About
             * @default
             */
            about?: string;
            /** Connection Id */
            connection_id: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Due At */
            due_at: string | null;
            /** Every Seconds */
            every_seconds?: number | null;
            /** Id */
            id: string;
            /** Last Job */
            last_job: string | null;
            /** Name */
            name: string;
            /** Owner */
            owner: string;
            /** Parameters */
            parameters?: {
                [key: string]: string | number | boolean | (string | number | boolean | null)[] | null;
            };
            /** Sql */
            sql: string;
            /** Stopped */
            stopped: string;
            /**
             * Updated At
             * Format: date-time
             */
            updated_at: string;
            /**
             * Yours
             * @enum {string}
             */
            yours: "view" | "use" | "edit" | "manage";
        };
        /** Statement */
        Statement: {
            /**
             * Connection Id
             * @description id or name
             */
            connection_id: string;
            /**
             * Params
             * @description values for :name in the statement; a list for IN (:name)
             */
            params?: {
                [key: string]: string | number | boolean | (string | number | boolean | null)[] | null;
            };
            /** Sql */
            sql: string;
        };
        /** Validity */
        Validity: {
            /**
             * Error
             * @default
             */
            error?: string;
            /**
             * Kind
             * @default
             */
            kind?: string;
            /**
             * Tables
             * @default []
             */
            tables?: string[];
            /** Valid */
            valid: boolean;
            /**
             * Writes
             * @default false
             */
            writes?: boolean;
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
    run_api_query_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QueryRequest"];
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
                    "application/json": components["schemas"]["QueryAnswer"];
                };
            };
        };
    };
    cancel_api_query__query_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                query_id: string;
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
    show_belongings_api_query_belongings_get: {
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
    hand_over_api_query_belongings_post: {
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
    export_belongings_api_query_belongings_contents_get: {
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
    command_api_query_command_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CommandRequest"];
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
                    "application/json": components["schemas"]["CommandAnswer"];
                };
            };
        };
    };
    explain_api_query_explain_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Statement"];
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
                    "application/json": components["schemas"]["Plan"];
                };
            };
        };
    };
    list_runs_api_query_history_get: {
        parameters: {
            query?: {
                connection_id?: string;
                everyone?: boolean;
                limit?: number;
                offset?: number;
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
                    "application/json": components["schemas"]["RunList"];
                };
            };
        };
    };
    list_jobs_api_query_jobs_get: {
        parameters: {
            query?: {
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
                    "application/json": components["schemas"]["JobView"][];
                };
            };
        };
    };
    open_job_api_query_jobs_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QueryRequest"];
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
                    "application/json": components["schemas"]["JobView"];
                };
            };
        };
    };
    show_job_api_query_jobs__job_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: string;
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
                    "application/json": components["schemas"]["JobView"];
                };
            };
        };
    };
    remove_job_api_query_jobs__job_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: string;
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
    result_api_query_jobs__job_id__result_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: string;
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
                content?: never;
            };
        };
    };
    keys_api_query_keys_get: {
        parameters: {
            query: {
                connection_id: string;
                count?: number;
                cursor?: number;
                pattern?: string;
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
                    "application/json": components["schemas"]["KeyPage"];
                };
            };
        };
    };
    list_saved_api_query_saved_get: {
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
                    "application/json": components["schemas"]["SavedView"][];
                };
            };
        };
    };
    save_api_query_saved_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSaved"];
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
                    "application/json": components["schemas"]["SavedView"];
                };
            };
        };
    };
    show_saved_api_query_saved__saved_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                saved_id: string;
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
                    "application/json": components["schemas"]["SavedView"];
                };
            };
        };
    };
    change_saved_api_query_saved__saved_id__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                saved_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSaved"];
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
                    "application/json": components["schemas"]["SavedView"];
                };
            };
        };
    };
    remove_saved_api_query_saved__saved_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                saved_id: string;
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
    run_saved_api_query_saved__saved_id__run_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                saved_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SavedRun"];
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
                    "application/json": components["schemas"]["QueryAnswer"];
                };
            };
        };
    };
    show_access_api_query_saved__thing__access_get: {
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
    set_access_api_query_saved__thing__access_put: {
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
    list_requests_api_query_saved__thing__access_requests_get: {
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
    request_access_api_query_saved__thing__access_requests_post: {
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
    decline_api_query_saved__thing__access_requests__subject__delete: {
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
    transfer_api_query_saved__thing__owner_put: {
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
    validate_api_query_validate_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Statement"];
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
                    "application/json": components["schemas"]["Validity"];
                };
            };
        };
    };
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
}
