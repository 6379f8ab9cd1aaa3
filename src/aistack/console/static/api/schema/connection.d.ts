// Written by scripts/api-types from the OpenAPI document of the service: do not edit.

export interface paths {
    "/api/connections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Connections
         * @description The connections that you can see.
         */
        get: operations["list_connections_api_connections_get"];
        put?: never;
        /**
         * Create
         * @description Adds a connection of your own. Its account is tested, and rejected if it has too many privileges.
         */
        post: operations["create_api_connections_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/connections/{connection_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show */
        get: operations["show_api_connections__connection_id__get"];
        put?: never;
        post?: never;
        /** Remove */
        delete: operations["remove_api_connections__connection_id__delete"];
        options?: never;
        head?: never;
        /**
         * Change
         * @description Changes a connection. A new address needs the password again; roles and rules need the level `manage`.
         */
        patch: operations["change_api_connections__connection_id__patch"];
        trace?: never;
    };
    "/api/connections/{connection_id}/candidates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Candidates
         * @description For services: all connections that an id or a name may mean, and who may use them.
         */
        get: operations["candidates_api_connections__connection_id__candidates_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/connections/{connection_id}/relations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Relations
         * @description For services that apply rules: the tables, and what views, partitions and foreign keys make of them.
         */
        get: operations["relations_api_connections__connection_id__relations_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/connections/{connection_id}/schema": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Schema
         * @description Tables, views, columns, keys, indexes, comments, estimated row counts, frequent values.
         */
        get: operations["schema_api_connections__connection_id__schema_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/connections/{connection_id}/schema/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search
         * @description Finds tables and columns by words in their names, comments and values.
         */
        get: operations["search_api_connections__connection_id__schema_search_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/connections/{connection_id}/target": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Target
         * @description For services that run statements: address and credentials, encrypted with the shared key.
         */
        get: operations["target_api_connections__connection_id__target_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/connections/{connection_id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Test
         * @description Tests the connection: latency, the server's version, the account's privileges.
         */
        post: operations["test_api_connections__connection_id__test_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/connections/{thing}/access": {
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
        get: operations["show_access_api_connections__thing__access_get"];
        /**
         * Set Access
         * @description Replaces the grants. The owner always keeps all rights.
         */
        put: operations["set_access_api_connections__thing__access_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/connections/{thing}/access/requests": {
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
        get: operations["list_requests_api_connections__thing__access_requests_get"];
        put?: never;
        /**
         * Request Access
         * @description Asks the thing's managers for access. The response does not show whether the thing exists, nor its time.
         */
        post: operations["request_access_api_connections__thing__access_requests_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/connections/{thing}/access/requests/{subject}": {
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
        delete: operations["decline_api_connections__thing__access_requests__subject__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/connections/{thing}/owner": {
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
        put: operations["transfer_api_connections__thing__owner_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/connections/belongings": {
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
        get: operations["show_belongings_api_connections_belongings_get"];
        put?: never;
        /**
         * Hand Over
         * @description Hands everything over to the heir, or deletes it, and removes the subject's grants. Returns what there was.
         *
         *     Repeat it if it fails: what was handled stays handled.
         */
        post: operations["hand_over_api_connections_belongings_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/connections/belongings/contents": {
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
        get: operations["export_belongings_api_connections_belongings_contents_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/connections/existing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Existing
         * @description For services that keep something about connections: which of these exist.
         */
        post: operations["existing_api_connections_existing_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/connections/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate
         * @description Encrypts everything with the first key of ENCRYPTION_KEY. The older keys can be removed afterwards.
         */
        post: operations["rotate_api_connections_rotate_post"];
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
        /**
         * Candidate
         * @description A connection that an id or a name may mean, and who may use it. For services, which decide for their callers.
         */
        Candidate: {
            /** Grants */
            grants: components["schemas"]["Grant"][];
            /** Id */
            id: string;
            /** Name */
            name: string;
            /** Owner */
            owner: string;
            roles: components["schemas"]["Roles"];
        };
        /** ColumnView */
        ColumnView: {
            /** Comment */
            comment: string;
            /** Default */
            default: string;
            /** Name */
            name: string;
            /** Nullable */
            nullable: boolean;
            /** Samples */
            samples: string[];
            /** Type */
            type: string;
        };
        /**
         * ConnectionChange
         * @description Fields that are given are changed; the others, passwords included, stay as they are.
         */
        ConnectionChange: {
            /** Ca File */
            ca_file?: string | null;
            /** Database */
            database?: string | null;
            /** Host */
            host?: string | null;
            /** Max Connections */
            max_connections?: number | null;
            /** Name */
            name?: string | null;
            /** Options */
            options?: {
                [key: string]: string;
            } | null;
            /** Password */
            password?: string | null;
            /** Path */
            path?: string | null;
            /** Port */
            port?: number | null;
            roles?: components["schemas"]["Roles"] | null;
            rules?: components["schemas"]["Rules"] | null;
            /** Samples */
            samples?: boolean | null;
            /** Ssh Host */
            ssh_host?: string | null;
            /** Ssh Host Key */
            ssh_host_key?: string | null;
            /** Ssh Key */
            ssh_key?: string | null;
            /** Ssh Password */
            ssh_password?: string | null;
            /** Ssh Port */
            ssh_port?: number | null;
            /** Ssh User */
            ssh_user?: string | null;
            /**
             * Test
             * @default true
             */
            test?: boolean;
            /** Tls */
            tls?: ("off" | "prefer" | "require" | "verify") | null;
            /**
             * Url
             * @description the address and the account as one URL instead of fields: postgresql://user:password@host:5432/db
             */
            url?: string | null;
            /** User */
            user?: string | null;
        };
        /**
         * ConnectionView
         * @description A connection without its secrets. `yours` and `rights` are the caller's.
         *
         *     Only those who may edit it see its `roles` and all of its `rules`; others see the rules that apply to them.
         *     `rule_problems` are rules that no longer match the schema, for those who may edit it.
         */
        ConnectionView: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Engine
             * @enum {string}
             */
            engine: "postgres" | "mysql" | "sqlite" | "duckdb" | "sqlserver" | "oracle" | "clickhouse" | "snowflake" | "bigquery" | "redis" | "mongodb";
            /** Id */
            id: string;
            /** Max Connections */
            max_connections: number;
            /** Name */
            name: string;
            /**
             * Owner
             * @default owner
             */
            owner?: string;
            /** Place */
            place: string;
            /** Rights */
            rights: ("see" | "ask" | "run" | "write")[];
            roles: components["schemas"]["Roles"];
            /**
             * Rule Problems
             * @default []
             */
            rule_problems?: string[];
            rules: components["schemas"]["Rules"];
            /** Samples */
            samples: boolean;
            tested: components["schemas"]["TestView"] | null;
            /**
             * Updated At
             * Format: date-time
             */
            updated_at: string;
            /**
             * Yours
             * @default view
             * @enum {string}
             */
            yours?: "view" | "use" | "edit" | "manage";
        };
        /** ForeignKeyView */
        ForeignKeyView: {
            /** Columns */
            columns: string[];
            /** Table */
            table: string;
            /** Table Columns */
            table_columns: string[];
        };
        Grant: [
            string,
            "view" | "use" | "edit" | "manage"
        ];
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
        /** IndexView */
        IndexView: {
            /** Columns */
            columns: string[];
            /** Name */
            name: string;
            /** Unique */
            unique: boolean;
        };
        /**
         * Limited
         * @description The schemas and tables that a connection shows to everyone; empty lists limit nothing.
         *
         *     What is in neither list does not exist: not in the schema, in questions, or in statements.
         */
        Limited: {
            /**
             * Schemas
             * @description also the database's name on MySQL
             * @default []
             */
            schemas?: string[];
            /**
             * Tables
             * @default []
             */
            tables?: string[];
        };
        /**
         * Mask
         * @description What everyone except those in `except_for` sees of a column: a keyed hash, its last characters, or nothing.
         *
         *     Names may be written as in SQL: qualified or not, in quotes or not. `except_for` names people, groups and keys, as
         *     the roles do.
         */
        Mask: {
            /** Column */
            column: string;
            /**
             * Except For
             * @default []
             */
            except_for?: string[];
            /**
             * How
             * @default null
             * @enum {string}
             */
            how?: "hash" | "partial" | "null";
            /** Table */
            table: string;
        };
        /**
         * NewConnection
         * @description A connection by its fields, or by `url`. Names such as `postgresql`, `pg` and `mariadb` are engines too.
         * @example {
         *       "engine": "sqlite",
         *       "name": "shop",
         *       "path": "/srv/data/shop.sqlite"
         *     }
         */
        NewConnection: {
            /**
             * Ca File
             * @default
             */
            ca_file?: string;
            /**
             * Database
             * @default
             */
            database?: string;
            /**
             * Engine
             * @enum {string}
             */
            engine: "postgres" | "mysql" | "sqlite" | "duckdb" | "sqlserver" | "oracle" | "clickhouse" | "snowflake" | "bigquery" | "redis" | "mongodb";
            /**
             * Host
             * @default
             */
            host?: string;
            /**
             * Max Connections
             * @description 0: the service's default
             * @default 0
             */
            max_connections?: number;
            /** Name */
            name: string;
            /**
             * Options
             * @description further options of the engine
             * @default {}
             */
            options?: {
                [key: string]: string;
            };
            /**
             * Password
             * Format: password
             * @default
             */
            password?: string;
            /**
             * Path
             * @default
             */
            path?: string;
            /**
             * Port
             * @default 0
             */
            port?: number;
            /**
             * @default {
             *       "see": [
             *         "*"
             *       ],
             *       "ask": [
             *         "*"
             *       ],
             *       "run": [
             *         "*"
             *       ],
             *       "write": []
             *     }
             */
            roles?: components["schemas"]["Roles"];
            /**
             * @default {
             *       "masks": [],
             *       "filters": [],
             *       "only": {
             *         "schemas": [],
             *         "tables": []
             *       }
             *     }
             */
            rules?: components["schemas"]["Rules"];
            /**
             * Samples
             * @description read frequent values, which help to understand questions
             * @default true
             */
            samples?: boolean;
            /**
             * Ssh Host
             * @description an SSH jump host
             * @default
             */
            ssh_host?: string;
            /**
             * Ssh Host Key
             * @description the jump host's public key, as in known_hosts
             * @default
             */
            ssh_host_key?: string;
            /**
             * Ssh Key
             * Format: password
             * @description a private key in OpenSSH format
             * @default
             */
            ssh_key?: string;
            /**
             * Ssh Password
             * Format: password
             * @default
             */
            ssh_password?: string;
            /**
             * Ssh Port
             * @default 22
             */
            ssh_port?: number;
            /**
             * Ssh User
             * @default
             */
            ssh_user?: string;
            /**
             * Test
             * @description test the connection first; false stores it untested
             * @default true
             */
            test?: boolean;
            /**
             * Tls
             * @default prefer
             * @enum {string}
             */
            tls?: "off" | "prefer" | "require" | "verify";
            /**
             * Url
             * @description the address and the account as one URL instead of fields: postgresql://user:password@host:5432/db
             */
            url?: string | null;
            /**
             * User
             * @default
             */
            user?: string;
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
         * Relation
         * @description A table, view or partition as rules see it. `name` is the one in the schema, `held_by` the schema that holds it.
         *
         *     `columns` are their types by name. `parents` are the tables whose partition or child it is, `reads` what it shows
         *     rows of, `references` the tables of its foreign keys. An `opaque` view reads what cannot be determined.
         */
        Relation: {
            /**
             * Columns
             * @default {}
             */
            columns?: {
                [key: string]: string;
            };
            /**
             * Held By
             * @default
             */
            held_by?: string;
            /** Name */
            name: string;
            /**
             * Opaque
             * @default false
             */
            opaque?: boolean;
            /**
             * Parents
             * @default []
             */
            parents?: string[];
            /**
             * Reads
             * @default []
             */
            reads?: string[];
            /**
             * References
             * @default []
             */
            references?: string[];
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
         * Roles
         * @description Who can see the connection, ask questions, run SQL, and write. They refine the levels of access.
         *
         *     Lists name people, groups and keys ("user:ID", "group:ID", "key:ID", "jwt:SUB", the name of an owner's key), who
         *     have the right even without access otherwise. "*" stands for everyone with the level `use` (to see: `view`).
         */
        Roles: {
            /**
             * Ask
             * @default [
             *       "*"
             *     ]
             */
            ask?: string[];
            /**
             * Run
             * @default [
             *       "*"
             *     ]
             */
            run?: string[];
            /**
             * See
             * @default [
             *       "*"
             *     ]
             */
            see?: string[];
            /**
             * Write
             * @default []
             */
            write?: string[];
        };
        /** Rotated */
        Rotated: {
            /**
             * Locked Out
             * @description connections that no key of ENCRYPTION_KEY decrypts
             */
            locked_out: string[];
            /** Resealed */
            resealed: number;
        };
        /**
         * RowFilter
         * @description A condition that the rows of a table must meet for everyone except those in `except_for`.
         *
         *     It may name the caller: `{caller.groups}` and `{caller.roles}` in `IN (...)`, `{caller.id}`, `{caller.name}`,
         *     `{caller.email}`, and `{caller.claims.NAME}` for a claim of their token.
         */
        RowFilter: {
            /**
             * Except For
             * @default []
             */
            except_for?: string[];
            /** Table */
            table: string;
            /** Where */
            where: string;
        };
        /** Rules */
        Rules: {
            /**
             * Filters
             * @default []
             */
            filters?: components["schemas"]["RowFilter"][];
            /**
             * Masks
             * @default []
             */
            masks?: components["schemas"]["Mask"][];
            /**
             * @default {
             *       "schemas": [],
             *       "tables": []
             *     }
             */
            only?: components["schemas"]["Limited"];
        };
        /**
         * SchemaHit
         * @description A matching table or column.
         */
        SchemaHit: {
            /** Column */
            column: string;
            /** Comment */
            comment: string;
            /** Score */
            score: number;
            /** Table */
            table: string;
        };
        /** SchemaView */
        SchemaView: {
            /** Connection */
            connection: string;
            /**
             * Engine
             * @enum {string}
             */
            engine: "postgres" | "mysql" | "sqlite" | "duckdb" | "sqlserver" | "oracle" | "clickhouse" | "snowflake" | "bigquery" | "redis" | "mongodb";
            /**
             * Read At
             * Format: date-time
             */
            read_at: string;
            /** Tables */
            tables: components["schemas"]["TableView"][];
        };
        /**
         * SealedTarget
         * @description Address and credentials, encrypted for other services of the stack, which share the key.
         */
        SealedTarget: {
            /**
             * Engine
             * @enum {string}
             */
            engine: "postgres" | "mysql" | "sqlite" | "duckdb" | "sqlserver" | "oracle" | "clickhouse" | "snowflake" | "bigquery" | "redis" | "mongodb";
            /** Grants */
            grants: components["schemas"]["Grant"][];
            /** Id */
            id: string;
            /** Max Connections */
            max_connections: number;
            /** Name */
            name: string;
            /** Owner */
            owner: string;
            /** Revision */
            revision: number;
            roles: components["schemas"]["Roles"];
            rules: components["schemas"]["Rules"];
            /** Sealed */
            sealed: string;
        };
        /** TableView */
        TableView: {
            /** Columns */
            columns: components["schemas"]["ColumnView"][];
            /** Comment */
            comment: string;
            /** Foreign Keys */
            foreign_keys: components["schemas"]["ForeignKeyView"][];
            /** Indexes */
            indexes: components["schemas"]["IndexView"][];
            /**
             * Kind
             * @enum {string}
             */
            kind: "table" | "view";
            /** Name */
            name: string;
            /** Primary Key */
            primary_key: string[];
            /**
             * Rows
             * @description an estimate
             */
            rows: number | null;
        };
        /**
         * TestView
         * @description `refused` are privileges for which the account is not accepted, `warnings` those that it does not need.
         */
        TestView: {
            /**
             * Error
             * @default
             */
            error?: string;
            /** Latency Ms */
            latency_ms?: number | null;
            /** May Write */
            may_write?: boolean | null;
            /** Ok */
            ok: boolean;
            /**
             * Refused
             * @default []
             */
            refused?: string[];
            /**
             * Server
             * @default
             */
            server?: string;
            /**
             * Tested At
             * Format: date-time
             */
            tested_at: string;
            /**
             * Warnings
             * @default []
             */
            warnings?: string[];
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
    list_connections_api_connections_get: {
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
                    "application/json": components["schemas"]["ConnectionView"][];
                };
            };
        };
    };
    create_api_connections_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewConnection"];
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
                    "application/json": components["schemas"]["ConnectionView"];
                };
            };
        };
    };
    show_api_connections__connection_id__get: {
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
                    "application/json": components["schemas"]["ConnectionView"];
                };
            };
        };
    };
    remove_api_connections__connection_id__delete: {
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
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    change_api_connections__connection_id__patch: {
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
                "application/json": components["schemas"]["ConnectionChange"];
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
                    "application/json": components["schemas"]["ConnectionView"];
                };
            };
        };
    };
    candidates_api_connections__connection_id__candidates_get: {
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
                    "application/json": components["schemas"]["Candidate"][];
                };
            };
        };
    };
    relations_api_connections__connection_id__relations_get: {
        parameters: {
            query?: {
                age_seconds_max?: number;
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
                    "application/json": components["schemas"]["Relation"][];
                };
            };
        };
    };
    schema_api_connections__connection_id__schema_get: {
        parameters: {
            query?: {
                refresh?: boolean;
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
                    "application/json": components["schemas"]["SchemaView"];
                };
            };
        };
    };
    search_api_connections__connection_id__schema_search_get: {
        parameters: {
            query: {
                q: string;
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
                    "application/json": components["schemas"]["SchemaHit"][];
                };
            };
        };
    };
    target_api_connections__connection_id__target_get: {
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
                    "application/json": components["schemas"]["SealedTarget"];
                };
            };
        };
    };
    test_api_connections__connection_id__test_post: {
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
                    "application/json": components["schemas"]["TestView"];
                };
            };
        };
    };
    show_access_api_connections__thing__access_get: {
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
    set_access_api_connections__thing__access_put: {
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
    list_requests_api_connections__thing__access_requests_get: {
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
    request_access_api_connections__thing__access_requests_post: {
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
    decline_api_connections__thing__access_requests__subject__delete: {
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
    transfer_api_connections__thing__owner_put: {
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
    show_belongings_api_connections_belongings_get: {
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
    hand_over_api_connections_belongings_post: {
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
    export_belongings_api_connections_belongings_contents_get: {
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
    existing_api_connections_existing_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": string[];
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
                    "application/json": string[];
                };
            };
        };
    };
    rotate_api_connections_rotate_post: {
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
                    "application/json": components["schemas"]["Rotated"];
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
