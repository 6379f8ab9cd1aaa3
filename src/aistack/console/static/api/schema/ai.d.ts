// Written by scripts/api-types from the OpenAPI document of the service: do not edit.

export interface paths {
    "/api/ai/belongings": {
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
        get: operations["show_belongings_api_ai_belongings_get"];
        put?: never;
        /**
         * Hand Over
         * @description Hands everything over to the heir, or deletes it, and removes the subject's grants. Returns what there was.
         *
         *     Repeat it if it fails: what was handled stays handled.
         */
        post: operations["hand_over_api_ai_belongings_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/belongings/contents": {
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
        get: operations["export_belongings_api_ai_belongings_contents_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/clarify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Clarify
         * @description Answers a clarifying question with one of its options or in other words.
         */
        post: operations["clarify_api_ai_clarify_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/connections/{connection_id}/layer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show
         * @description The current semantic layer, or an older version of it.
         */
        get: operations["show_api_ai_connections__connection_id__layer_get"];
        /**
         * Put
         * @description Saves a new version. It is checked against the schema, and its SQL is checked like any other statement.
         */
        put: operations["put_api_ai_connections__connection_id__layer_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/connections/{connection_id}/layer/draft": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Draft
         * @description A draft to start from: the names, labels, times and joins that were inferred from the schema.
         */
        get: operations["draft_api_ai_connections__connection_id__layer_draft_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/connections/{connection_id}/layer/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Versions
         * @description The latest versions, newest first.
         */
        get: operations["versions_api_ai_connections__connection_id__layer_versions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/connections/{connection_id}/layer/versions/{version}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore
         * @description Saves an older version as a new one.
         */
        post: operations["restore_api_ai_connections__connection_id__layer_versions__version__restore_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/connections/{connection_id}/lessons": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Lessons
         * @description Your confirmed and rejected statements, newest first; all of a connection that you may edit and query.
         */
        get: operations["list_lessons_api_ai_connections__connection_id__lessons_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/connections/{connection_id}/lessons/{lesson_id}": {
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
         * Forget Lesson
         * @description Deletes a confirmed or rejected statement of yours, or of a connection that you may edit and query.
         */
        delete: operations["forget_lesson_api_ai_connections__connection_id__lessons__lesson_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/explain": {
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
         * @description What a statement does, in words.
         */
        post: operations["explain_api_ai_explain_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/feedback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Feedback
         * @description Confirms or rejects an answer; later answers to the same and to similar questions take it into account.
         *
         *     Sending another statement needs the right to run SQL on the connection.
         */
        post: operations["feedback_api_ai_feedback_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/layers/{thing}/access": {
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
        get: operations["show_access_api_ai_layers__thing__access_get"];
        /**
         * Set Access
         * @description Replaces the grants. The owner always keeps all rights.
         */
        put: operations["set_access_api_ai_layers__thing__access_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/layers/{thing}/access/requests": {
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
        get: operations["list_requests_api_ai_layers__thing__access_requests_get"];
        put?: never;
        /**
         * Request Access
         * @description Asks the thing's managers for access. The response does not show whether the thing exists, nor its time.
         */
        post: operations["request_access_api_ai_layers__thing__access_requests_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/layers/{thing}/access/requests/{subject}": {
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
        delete: operations["decline_api_ai_layers__thing__access_requests__subject__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/query": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask
         * @description Answers a question in words with a statement and its result; with an event stream, step by step.
         */
        post: operations["ask_api_ai_query_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/questions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Questions
         * @description Your questions, newest first.
         */
        get: operations["list_questions_api_ai_questions_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ai/validate": {
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
         * @description Whether a statement may run, warnings about it, and how risky it is. It does not run.
         */
        post: operations["validate_api_ai_validate_post"];
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
         * AskAnswer
         * @description `answer` is a sentence with the numbers; `chart` is a Vega-Lite specification.
         */
        AskAnswer: {
            /**
             * Answer
             * @default
             */
            answer?: string;
            /** Chart */
            chart?: {
                [key: string]: unknown;
            } | null;
            clarification?: components["schemas"]["Clarification"] | null;
            /**
             * Confidence
             * @default 0
             */
            confidence?: number;
            /**
             * Error
             * @description why it failed and what may help
             * @default
             */
            error?: string;
            /**
             * Explanation
             * @default
             */
            explanation?: string;
            /** Id */
            id: string;
            /**
             * @default {
             *       "source_tables": [],
             *       "key_columns": [],
             *       "applied_rules": []
             *     }
             */
            lineage_summary?: components["schemas"]["Lineage"];
            /**
             * Method
             * @default
             * @enum {string}
             */
            method?: "rules" | "model" | "lesson" | "";
            /** Question */
            question: string;
            /**
             * References
             * @default []
             */
            references?: components["schemas"]["Reference"][];
            result?: components["schemas"]["QueryAnswer"] | null;
            /**
             * Sql
             * @default
             */
            sql?: string;
            /**
             * Status
             * @enum {string}
             */
            status: "ready" | "need_clarification" | "failed";
            /**
             * Trace
             * @default []
             */
            trace?: components["schemas"]["Step"][];
        };
        /**
         * AskRequest
         * @description A question about one database. If `execute` is false, the statement is generated but does not run.
         * @example {
         *       "connection_id": "shop",
         *       "question": "How many orders were paid in 2024?"
         *     }
         */
        AskRequest: {
            /** Connection Id */
            connection_id: string;
            /**
             * @default {
             *       "session_id": "",
             *       "history": []
             *     }
             */
            context?: components["schemas"]["Context"];
            /**
             * Execute
             * @default true
             */
            execute?: boolean;
            /** Question */
            question: string;
            /**
             * Time Zone
             * @description the IANA time zone of today, this month and so on; the database's if empty
             * @default
             * @example Asia/Shanghai
             */
            time_zone?: string;
        };
        /** Assessment */
        Assessment: {
            /**
             * Errors
             * @default []
             */
            errors?: string[];
            /**
             * Plan
             * @default []
             */
            plan?: string[];
            /**
             * Risk Level
             * @default low
             * @enum {string}
             */
            risk_level?: "low" | "medium" | "high";
            /**
             * Tables
             * @default []
             */
            tables?: string[];
            /** Valid */
            valid: boolean;
            /**
             * Warnings
             * @default []
             */
            warnings?: string[];
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
         * Clarification
         * @description A clarifying question; answer it with `POST /api/ai/clarify`.
         */
        Clarification: {
            /**
             * Kind
             * @enum {string}
             */
            kind: "time_range" | "metric" | "dimension" | "filter";
            /** Options */
            options: components["schemas"]["Option"][];
            /** Question */
            question: string;
        };
        /**
         * ClarifyRequest
         * @description Either `option`, the number of an offered option from 0, or `answer` in other words.
         */
        ClarifyRequest: {
            /**
             * Answer
             * @default
             */
            answer?: string;
            /**
             * Execute
             * @default true
             */
            execute?: boolean;
            /** Option */
            option?: number | null;
            /** Question Id */
            question_id: string;
        };
        /** ColumnView */
        ColumnView: {
            /** Name */
            name: string;
            /** Type */
            type: string;
        };
        /**
         * Context
         * @description `history` has the previous turns, oldest first; without it the questions of the session are used.
         */
        Context: {
            /**
             * History
             * @default []
             */
            history?: components["schemas"]["Turn"][];
            /**
             * Session Id
             * @default
             */
            session_id?: string;
        };
        /** ExplainRequest */
        ExplainRequest: {
            /** Connection Id */
            connection_id: string;
            /**
             * Language
             * @default en
             * @enum {string}
             */
            language?: "en" | "zh";
            /** Sql */
            sql: string;
        };
        /**
         * Explanation
         * @description What a statement does, step by step.
         */
        Explanation: {
            /** Explanation */
            explanation: string;
            lineage_summary: components["schemas"]["Lineage"];
            /**
             * Method
             * @default rules
             * @enum {string}
             */
            method?: "rules" | "model";
            /** Steps */
            steps: string[];
        };
        /**
         * Feedback
         * @description Whether an answer is right; `sql` is the correct statement, if it is a different one.
         */
        Feedback: {
            /**
             * Comment
             * @default
             */
            comment?: string;
            /** Question Id */
            question_id: string;
            /** Right */
            right: boolean;
            /**
             * Sql
             * @default
             */
            sql?: string;
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
        /** LayerVersionView */
        LayerVersionView: {
            /** About */
            about: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Principal */
            principal: string;
            /** Version */
            version: number;
        };
        /** LayerView */
        LayerView: {
            /** About */
            about: string;
            /** Connection Id */
            connection_id: string;
            /** Created At */
            created_at: string | null;
            /** Principal */
            principal: string;
            /** Text */
            text: string;
            /** Version */
            version: number;
        };
        /** LessonView */
        LessonView: {
            /** Comment */
            comment: string;
            /** Connection Id */
            connection_id: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Id */
            id: string;
            /** Principal */
            principal: string;
            /** Question */
            question: string;
            /** Right */
            right: boolean;
            /** Sql */
            sql: string;
        };
        /** Lineage */
        Lineage: {
            /**
             * Applied Rules
             * @default []
             */
            applied_rules?: string[];
            /**
             * Key Columns
             * @default []
             */
            key_columns?: string[];
            /**
             * Source Tables
             * @default []
             */
            source_tables?: string[];
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
         * NewLayer
         * @description A semantic layer in YAML. With `version` it is saved only if that is still the current version.
         */
        NewLayer: {
            /**
             * About
             * @default
             */
            about?: string;
            /** Text */
            text: string;
            /** Version */
            version?: number | null;
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
         * Option
         * @description One way to interpret the question, or to complete it.
         */
        Option: {
            /** Label */
            label: string;
            /**
             * Question
             * @default
             */
            question?: string;
            /**
             * Sql
             * @default
             */
            sql?: string;
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
        /** QuestionList */
        QuestionList: {
            /** Questions */
            questions: components["schemas"]["QuestionView"][];
            /** Total */
            total: number;
        };
        /** QuestionView */
        QuestionView: {
            /** Confidence */
            confidence: number;
            /** Connection */
            connection: string;
            /** Connection Id */
            connection_id: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Id */
            id: string;
            /**
             * Method
             * @enum {string}
             */
            method: "rules" | "model" | "lesson" | "";
            /** Question */
            question: string;
            /** Session Id */
            session_id: string;
            /** Sql */
            sql: string;
            /**
             * Status
             * @enum {string}
             */
            status: "ready" | "need_clarification" | "failed";
        };
        /**
         * Reference
         * @description A source of the answer: a table, a column, a metric, a lesson, or a passage of the documents.
         */
        Reference: {
            /**
             * About
             * @default
             */
            about?: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "table" | "column" | "metric" | "lesson" | "document";
            /** Name */
            name: string;
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
         * Step
         * @description A step of the pipeline; `said` is a summary of its outcome.
         */
        Step: {
            /**
             * Detail
             * @default {}
             */
            detail?: {
                [key: string]: unknown;
            };
            /**
             * Elapsed Ms
             * @default 0
             */
            elapsed_ms?: number;
            /** Said */
            said: string;
            /**
             * Step
             * @enum {string}
             */
            step: "follow_up" | "link" | "values" | "lessons" | "knowledge" | "rules" | "generate" | "check" | "repair" | "run" | "vote";
        };
        /** Turn */
        Turn: {
            /** Content */
            content: string;
            /**
             * Role
             * @default user
             * @enum {string}
             */
            role?: "user" | "assistant";
        };
        /** ValidateRequest */
        ValidateRequest: {
            /** Connection Id */
            connection_id: string;
            /**
             * Run Explain
             * @description also have the database plan it; the statement does not run
             * @default false
             */
            run_explain?: boolean;
            /** Sql */
            sql: string;
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
    show_belongings_api_ai_belongings_get: {
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
    hand_over_api_ai_belongings_post: {
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
    export_belongings_api_ai_belongings_contents_get: {
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
    clarify_api_ai_clarify_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ClarifyRequest"];
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
                    "application/json": components["schemas"]["AskAnswer"];
                };
            };
        };
    };
    show_api_ai_connections__connection_id__layer_get: {
        parameters: {
            query?: {
                version?: number | null;
            };
            header?: never;
            path: {
                connection_id: string;
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
                    "application/json": components["schemas"]["LayerView"];
                };
            };
        };
    };
    put_api_ai_connections__connection_id__layer_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                connection_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewLayer"];
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
                    "application/json": components["schemas"]["LayerView"];
                };
            };
        };
    };
    draft_api_ai_connections__connection_id__layer_draft_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                connection_id: string;
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
                    "application/json": components["schemas"]["LayerView"];
                };
            };
        };
    };
    versions_api_ai_connections__connection_id__layer_versions_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                connection_id: string;
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
                    "application/json": components["schemas"]["LayerVersionView"][];
                };
            };
        };
    };
    restore_api_ai_connections__connection_id__layer_versions__version__restore_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                connection_id: string;
                version: number;
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
                    "application/json": components["schemas"]["LayerView"];
                };
            };
        };
    };
    list_lessons_api_ai_connections__connection_id__lessons_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                connection_id: string;
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
                    "application/json": components["schemas"]["LessonView"][];
                };
            };
        };
    };
    forget_lesson_api_ai_connections__connection_id__lessons__lesson_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                connection_id: string;
                lesson_id: string;
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
    explain_api_ai_explain_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExplainRequest"];
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
                    "application/json": components["schemas"]["Explanation"];
                };
            };
        };
    };
    feedback_api_ai_feedback_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Feedback"];
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
                    "application/json": components["schemas"]["LessonView"];
                };
            };
        };
    };
    show_access_api_ai_layers__thing__access_get: {
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
    set_access_api_ai_layers__thing__access_put: {
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
    list_requests_api_ai_layers__thing__access_requests_get: {
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
    request_access_api_ai_layers__thing__access_requests_post: {
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
    decline_api_ai_layers__thing__access_requests__subject__delete: {
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
    ask_api_ai_query_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AskRequest"];
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
                    "application/json": components["schemas"]["AskAnswer"];
                };
            };
        };
    };
    list_questions_api_ai_questions_get: {
        parameters: {
            query?: {
                connection_id?: string;
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
                    "application/json": components["schemas"]["QuestionList"];
                };
            };
        };
    };
    validate_api_ai_validate_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ValidateRequest"];
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
                    "application/json": components["schemas"]["Assessment"];
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
