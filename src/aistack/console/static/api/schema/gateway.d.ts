// Written by scripts/api-types from the OpenAPI document of the service: do not edit.

export interface paths {
    "/api/health/all": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Health Of All
         * @description Every service and instance, checked now. 503 when a required service is down.
         */
        get: operations["health_of_all_api_health_all_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Audit
         * @description Keys, registrations, rejections, failed logins; newest first. `before` is the previous page's last id.
         */
        get: operations["read_audit_gateway_audit_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/directory": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search Directory
         * @description At most 50 users, service accounts and groups: those with `q` in name or e-mail address, or `subject`.
         */
        get: operations["search_directory_gateway_directory_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/directory/principals/{subject}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Principal
         * @description Who a subject is now, for services that work in somebody's name. 404 when it is gone or disabled.
         */
        get: operations["read_principal_gateway_directory_principals__subject__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/first-owner": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create First Owner Link
         * @description The link with which the first owner signs up. It is made once, while there is no owner.
         */
        post: operations["create_first_owner_link_gateway_first_owner_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List Groups */
        get: operations["list_groups_gateway_groups_get"];
        put?: never;
        /** Create Group */
        post: operations["create_group_gateway_groups_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/groups/{group_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read Group */
        get: operations["read_group_gateway_groups__group_id__get"];
        put?: never;
        post?: never;
        /**
         * Remove Group
         * @description Removes a group; its members lose what was shared with it within a second.
         */
        delete: operations["remove_group_gateway_groups__group_id__delete"];
        options?: never;
        head?: never;
        /** Rename Group */
        patch: operations["rename_group_gateway_groups__group_id__patch"];
        trace?: never;
    };
    "/gateway/groups/{group_id}/members/{member}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Add Member
         * @description Puts a user, a service account or another group into a group.
         */
        put: operations["add_member_gateway_groups__group_id__members__member__put"];
        post?: never;
        /** Take Out Member */
        delete: operations["take_out_member_gateway_groups__group_id__members__member__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/kept-responses/{owner}/{response_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Response
         * @description A response, and the items that led to it.
         */
        get: operations["read_response_gateway_kept_responses__owner___response_id__get"];
        /**
         * Keep Response
         * @description Keeps a response until it expires.
         */
        put: operations["keep_response_gateway_kept_responses__owner___response_id__put"];
        post?: never;
        /**
         * Delete Response
         * @description Deletes a response.
         */
        delete: operations["delete_response_gateway_kept_responses__owner___response_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Keys
         * @description The caller's keys, for administrators all keys; newest first. The keys themselves are not stored.
         */
        get: operations["list_keys_gateway_keys_get"];
        put?: never;
        /**
         * Create Key
         * @description Creates a key, which never reaches further than whom it belongs to. It is shown only in this response.
         */
        post: operations["create_key_gateway_keys_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/keys/{key_id}": {
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
         * Revoke Key
         * @description Revokes a key immediately, on every gateway of the stack.
         */
        delete: operations["revoke_key_gateway_keys__key_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/keys/{key_id}/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Set Model Rules
         * @description Sets the budget of a key, and which models it may use.
         */
        put: operations["set_model_rules_gateway_keys__key_id__models_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/limits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Limits
         * @description The limits in effect; they are set in stack.toml or the environment.
         */
        get: operations["limits_gateway_limits_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/local-models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Local Models
         * @description The models that can be pulled, and those that are installed.
         */
        get: operations["list_local_models_gateway_local_models_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/local-models/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Local Model
         * @description One of them.
         */
        get: operations["get_local_model_gateway_local_models__name__get"];
        put?: never;
        post?: never;
        /**
         * Remove Local Model
         * @description Removes the files of a model that is not served, and those of an interrupted pull.
         */
        delete: operations["remove_local_model_gateway_local_models__name__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/local-models/{name}/pull": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Watch Pull
         * @description The progress of a pull as server-sent events, `progress` each time it changes, until it ends.
         */
        get: operations["watch_pull_gateway_local_models__name__pull_get"];
        put?: never;
        /**
         * Start Pull
         * @description Starts a pull, or resumes an interrupted one. One that is in progress goes on.
         */
        post: operations["start_pull_gateway_local_models__name__pull_post"];
        /**
         * Cancel Pull
         * @description Stops a pull. What it received is kept: the next pull resumes it.
         */
        delete: operations["cancel_pull_gateway_local_models__name__pull_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/local-models/{name}/use": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Use
         * @description Serves an installed model at /v1, at once where a worker runs. The first one becomes `default`.
         */
        put: operations["use_gateway_local_models__name__use_put"];
        post?: never;
        /**
         * Stop Using
         * @description Serves a model no longer. Its files stay.
         */
        delete: operations["stop_using_gateway_local_models__name__use_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Me
         * @description Who the caller is, and what they may do.
         */
        get: operations["read_me_gateway_me_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/me/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export Me
         * @description Everything that the stack keeps about the caller and for them, as a zip archive.
         */
        get: operations["export_me_gateway_me_export_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Models
         * @description The model table in force, as far as it is the caller's or shared with them.
         */
        get: operations["list_models_gateway_models_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/models/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Model
         * @description One entry of the model table.
         */
        get: operations["get_model_gateway_models__name__get"];
        /**
         * Put Model
         * @description Adds or replaces an entry, in the form of `[models.NAME]`. `key` is the key itself; it is never returned.
         */
        put: operations["put_model_gateway_models__name__put"];
        post?: never;
        /**
         * Delete Model
         * @description Removes an entry that was set here; one of `stack.toml` with the same name is in force again.
         */
        delete: operations["delete_model_gateway_models__name__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/models/{thing}/access": {
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
        get: operations["show_access_gateway_models__thing__access_get"];
        /**
         * Set Access
         * @description Replaces the grants. The owner always keeps all rights.
         */
        put: operations["set_access_gateway_models__thing__access_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/models/{thing}/access/requests": {
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
        get: operations["list_requests_gateway_models__thing__access_requests_get"];
        put?: never;
        /**
         * Request Access
         * @description Asks the thing's managers for access. The response does not show whether the thing exists, nor its time.
         */
        post: operations["request_access_gateway_models__thing__access_requests_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/models/{thing}/access/requests/{subject}": {
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
        delete: operations["decline_gateway_models__thing__access_requests__subject__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/models/{thing}/owner": {
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
        put: operations["transfer_gateway_models__thing__owner_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Providers
         * @description The identity providers, and whether passwords and passkeys are accepted. They are set in stack.toml.
         */
        get: operations["list_providers_gateway_providers_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Sessions
         * @description One's own sessions; for administrators those of a user, or of everyone (`*`).
         */
        get: operations["list_sessions_gateway_sessions_get"];
        put?: never;
        post?: never;
        /**
         * End Sessions
         * @description Ends all sessions of a user, immediately and on every gateway; of one's own, all but this one.
         */
        delete: operations["end_sessions_gateway_sessions_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/sessions/{session_id}": {
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
         * End Session
         * @description Ends one session, immediately and on every gateway.
         */
        delete: operations["end_session_gateway_sessions__session_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Usage
         * @description Usage and cost by day, key, model, upstream and source, up to this moment.
         */
        get: operations["usage_gateway_usage_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/usage.csv": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Usage As Csv
         * @description The same as CSV.
         */
        get: operations["usage_as_csv_gateway_usage_csv_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Users
         * @description Users and service accounts, by id. `q` is part of a name or e-mail address.
         */
        get: operations["list_users_gateway_users_get"];
        put?: never;
        /**
         * Create User
         * @description Creates a user, with an invitation link that is shown only in this response, or a service account.
         */
        post: operations["create_user_gateway_users_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/users/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read User */
        get: operations["read_user_gateway_users__user_id__get"];
        put?: never;
        post?: never;
        /**
         * Remove User
         * @description Removes an account. What belongs to it goes to the heir, or is deleted; keys are revoked in both cases.
         */
        delete: operations["remove_user_gateway_users__user_id__delete"];
        options?: never;
        head?: never;
        /**
         * Change User
         * @description Changes name, e-mail address, role or status. In force on every gateway within a second.
         */
        patch: operations["change_user_gateway_users__user_id__patch"];
        trace?: never;
    };
    "/gateway/users/{user_id}/belongings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read Belongings
         * @description What belongs to an account, and so what removing it would hand over or delete.
         */
        get: operations["read_belongings_gateway_users__user_id__belongings_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/users/{user_id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export User
         * @description Everything that the stack keeps about a person and for them, as a zip archive.
         */
        get: operations["export_user_gateway_users__user_id__export_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/gateway/users/{user_id}/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create Link
         * @description A new link to set a password: an invitation, or for somebody who forgot theirs. Earlier ones stop working.
         */
        post: operations["create_link_gateway_users__user_id__link_post"];
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
         * Health
         * @description The gateway itself.
         */
        get: operations["health_health_get"];
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
    "/registry/services": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Services
         * @description All registered services and their instances.
         */
        get: operations["list_services_registry_services_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/registry/services/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Service
         * @description One service. 404 when no instance of it is registered.
         */
        get: operations["show_service_registry_services__name__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/registry/services/{name}/instances/{instance_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Register
         * @description Registers an instance or renews its lease: 201 if it is new, 200 otherwise.
         */
        put: operations["register_registry_services__name__instances__instance_id__put"];
        post?: never;
        /**
         * Deregister
         * @description Deregisters an instance: it gets no new requests, and those in flight finish.
         */
        delete: operations["deregister_registry_services__name__instances__instance_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/registry/services/{name}/instances/{instance_id}/heartbeat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Heartbeat
         * @description Renews a lease. After a 404, register again.
         */
        post: operations["heartbeat_registry_services__name__instances__instance_id__heartbeat_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/registry/watch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Watch
         * @description Server-sent events, one per change; resumes after `Last-Event-ID`.
         *
         *     `reset` means that changes were missed: read the registry again.
         */
        get: operations["watch_registry_watch_get"];
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
        /** AuditView */
        AuditView: {
            /** Action */
            action: string;
            /** Actor */
            actor: string;
            /** Address */
            address: string;
            /**
             * At
             * Format: date-time
             */
            at: string;
            /** Detail */
            detail: string;
            /** Id */
            id: number;
            /** Request Id */
            request_id: string;
            /** Subject */
            subject: string;
        };
        /**
         * BelongingsView
         * @description What one service keeps for an account, by kind. `problem` says why a service could not be asked.
         */
        BelongingsView: {
            /** Counts */
            counts: {
                [key: string]: number;
            };
            /** Problem */
            problem: string;
            /** Service */
            service: string;
        };
        /** Ended */
        Ended: {
            /** Ended */
            ended: number;
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
        /** GroupDetails */
        GroupDetails: {
            /** Direct */
            direct: components["schemas"]["MemberView"][];
            /** Id */
            id: string;
            /**
             * Members
             * @description members that are in the group directly
             */
            members: number;
            /** Name */
            name: string;
            /** Subject */
            subject: string;
        };
        /**
         * GroupRequest
         * @example {
         *       "name": "Sales, EMEA"
         *     }
         */
        GroupRequest: {
            /** Name */
            name: string;
        };
        /** GroupView */
        GroupView: {
            /** Id */
            id: string;
            /**
             * Members
             * @description members that are in the group directly
             */
            members: number;
            /** Name */
            name: string;
            /** Subject */
            subject: string;
        };
        /** HealthOfAll */
        HealthOfAll: {
            /** Services */
            services: components["schemas"]["ServiceHealth"][];
            /**
             * Status
             * @enum {string}
             */
            status: "healthy" | "degraded" | "unhealthy";
            /** Version */
            version: string;
        };
        /** InstanceHealth */
        InstanceHealth: {
            /** Error */
            error: string;
            /** Id */
            id: string;
            /** Latency Ms */
            latency_ms: number | null;
            /**
             * Status
             * @enum {string}
             */
            status: "healthy" | "unhealthy";
            /** Url */
            url: string;
        };
        /** InstanceView */
        InstanceView: {
            /** Expires At */
            expires_at: string | null;
            /** Id */
            id: string;
            /** In Flight */
            in_flight: number;
            /** Last Error */
            last_error: string;
            /** Metadata */
            metadata: {
                [key: string]: string;
            };
            /** Routes */
            routes: components["schemas"]["RouteClaim"][];
            /**
             * State
             * @enum {string}
             */
            state: "up" | "down" | "ejected" | "draining";
            /** Static */
            static: boolean;
            /** Url */
            url: string;
            /** Version */
            version: string;
            /** Weight */
            weight: number;
        };
        /** KeyCreated */
        KeyCreated: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Expires At */
            expires_at: string | null;
            /** Id */
            id: string;
            /**
             * Key
             * @description shown only once
             */
            key: string;
            model_rules?: components["schemas"]["KeyModelRules"] | null;
            /** Name */
            name: string;
            /** Rate */
            rate: string;
            /**
             * Read Only
             * @default false
             */
            read_only?: boolean;
            /** Revoked At */
            revoked_at: string | null;
            /** Services */
            services: string[] | null;
            /**
             * Start
             * @description the first characters of the key, to recognise it
             */
            start: string;
            /**
             * State
             * @enum {string}
             */
            state: "valid" | "revoked" | "expired";
            /**
             * Subject
             * @description whom it belongs to
             * @default owner
             */
            subject?: string;
            /** Things */
            things?: string[] | null;
        };
        /** KeyList */
        KeyList: {
            /** Keys */
            keys: components["schemas"]["KeyView"][];
        };
        /**
         * KeyModelRules
         * @description What applies to a key's calls of models.
         */
        KeyModelRules: {
            /**
             * Budget
             * @description such as '10 USD/month' or '200000 tokens/day'
             * @default
             */
            budget?: string;
            /**
             * Budget Fallbacks
             * @description models to use when the budget does not allow others
             */
            budget_fallbacks?: string[];
            /**
             * Cache
             * @description whether identical requests may get an earlier answer
             * @default false
             */
            cache?: boolean;
            /**
             * Models
             * @description models it may use; null for all
             */
            models?: string[] | null;
            /**
             * Parallel
             * @description calls at the same time; 0 for no limit
             * @default 0
             */
            parallel?: number;
            /**
             * Reasoning Field
             * @description the name under which answers have a model's reasoning
             * @default both
             * @enum {string}
             */
            reasoning_field?: "both" | "reasoning_content" | "reasoning";
            /**
             * Tokens Per Minute
             * @description 0 for no limit
             * @default 0
             */
            tokens_per_minute?: number;
        };
        /**
         * KeyRequest
         * @description A key to create. `services` are the names of services that it may reach, null for all.
         *
         *     For the gateway itself, `gateway` allows reading registry, health and metrics, `gateway:register` registering
         *     services under names that nobody else owns, and `gateway:register:NAME` only the service NAME.
         * @example {
         *       "name": "web shop",
         *       "rate": "5/s burst 10",
         *       "services": [
         *         "rag"
         *       ]
         *     }
         */
        KeyRequest: {
            /** Expires At */
            expires_at?: string | null;
            model_rules?: components["schemas"]["KeyModelRules"] | null;
            /**
             * Name
             * @description without ':' and '*'
             */
            name: string;
            /**
             * Rate
             * @description its own rate limit, such as '5/s burst 10'
             * @default
             */
            rate?: string;
            /**
             * Read Only
             * @description whether it may only view and use things, not change them
             * @default false
             */
            read_only?: boolean;
            /** Services */
            services?: string[] | null;
            /**
             * Subject
             * @description whom it belongs to: user:ID, service-account:ID or owner; by default, the caller
             * @default
             */
            subject?: string;
            /**
             * Things
             * @description all that it may reach, such as collection:ID; null for all
             */
            things?: string[] | null;
        };
        /** KeyView */
        KeyView: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Expires At */
            expires_at: string | null;
            /** Id */
            id: string;
            model_rules?: components["schemas"]["KeyModelRules"] | null;
            /** Name */
            name: string;
            /** Rate */
            rate: string;
            /**
             * Read Only
             * @default false
             */
            read_only?: boolean;
            /** Revoked At */
            revoked_at: string | null;
            /** Services */
            services: string[] | null;
            /**
             * Start
             * @description the first characters of the key, to recognise it
             */
            start: string;
            /**
             * State
             * @enum {string}
             */
            state: "valid" | "revoked" | "expired";
            /**
             * Subject
             * @description whom it belongs to
             * @default owner
             */
            subject?: string;
            /** Things */
            things?: string[] | null;
        };
        /**
         * Lease
         * @description A granted lease: renew it within `ttl_seconds`.
         */
        Lease: {
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /** Instance */
            instance: string;
            /** Service */
            service: string;
            /** Ttl Seconds */
            ttl_seconds: number;
        };
        /**
         * LeaseRequest
         * @description A registration. `routes` are prefixes, as strings or with a body limit.
         * @example {
         *       "health_path": "/health",
         *       "routes": [
         *         "/billing"
         *       ],
         *       "url": "http://127.0.0.1:7001"
         *     }
         */
        LeaseRequest: {
            /**
             * Health Path
             * @default /health
             */
            health_path?: string;
            /** Metadata */
            metadata?: {
                [key: string]: string;
            };
            /** Routes */
            routes: components["schemas"]["RouteClaim"][];
            /** Ttl Seconds */
            ttl_seconds?: number | null;
            /** Url */
            url: string;
            /**
             * Version
             * @default
             */
            version?: string;
            /**
             * Weight
             * @default 1
             */
            weight?: number;
        };
        /** LimitsView */
        LimitsView: {
            /** Connections Max */
            connections_max: number;
            /** Connections Per Client Max */
            connections_per_client_max: number;
            /** Head Bytes Max */
            head_bytes_max: number;
            /** Headers Max */
            headers_max: number;
            /** Identity */
            identity: boolean;
            /** Rate Limits */
            rate_limits: string[];
            /** Request Timeout Seconds */
            request_timeout_seconds: number;
            /** Requests In Flight Max */
            requests_in_flight_max: number;
            /** Requests In Flight Per Service Max */
            requests_in_flight_per_service_max: number;
            /** Streams In Flight Per Service Max */
            streams_in_flight_per_service_max: number;
        };
        /** LinkRequest */
        LinkRequest: {
            /**
             * Kind
             * @default invitation
             * @enum {string}
             */
            kind?: "invitation" | "reset";
        };
        /**
         * LinkView
         * @description A link that works once. `path` is relative to the gateway's address.
         */
        LinkView: {
            /**
             * Expires At
             * Format: date-time
             */
            expires_at: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "invitation" | "first-owner" | "reset";
            /**
             * Path
             * @description shown only once
             */
            path: string;
        };
        /** LocalModelList */
        LocalModelList: {
            /** Models */
            models: components["schemas"]["LocalModelView"][];
        };
        /**
         * LocalModelView
         * @description A model of this machine, installed or not.
         */
        LocalModelView: {
            /** About */
            about: string;
            /**
             * Bytes
             * @description on the disk
             */
            bytes: number;
            /**
             * Download Bytes
             * @description approximately; 0 for your own models
             */
            download_bytes: number;
            /**
             * Kind
             * @description chat, embedding or rerank
             */
            kind: string;
            /** Languages */
            languages: string;
            /** Licence */
            licence: string;
            /**
             * Loaded
             * @description null while no worker answers
             */
            loaded: boolean | null;
            /** Name */
            name: string;
            /** @description null if there was none since the gateway started */
            pull: components["schemas"]["PullView"] | null;
            /**
             * Roles
             * @description such as default, if they were given to it with `use`
             */
            roles: string[];
            /** Served */
            served: boolean;
            /**
             * Sources
             * @description where it can be pulled from, in this order
             */
            sources: string;
            /**
             * State
             * @enum {string}
             */
            state: "absent" | "partial" | "pulling" | "installed";
        };
        /**
         * Me
         * @description The caller. `groups` are names by subject; `email` is empty for callers without an account.
         */
        Me: {
            /** Email */
            email: string;
            /** Groups */
            groups: {
                [key: string]: string;
            };
            /** Id */
            id: string;
            /**
             * Identity
             * @description whether the stack asks its callers who they are
             */
            identity: boolean;
            /** Is Administrator */
            is_administrator: boolean;
            /**
             * Kind
             * @enum {string}
             */
            kind: "user" | "key" | "jwt" | "service" | "anonymous";
            /** Name */
            name: string;
            /** Read Only */
            read_only: boolean;
            /**
             * Role
             * @enum {string}
             */
            role: "owner" | "admin" | "member" | "guest";
            /** Services */
            services: string[] | null;
            /** Subject */
            subject: string;
            /** Things */
            things: string[] | null;
        };
        /** MemberView */
        MemberView: {
            /** Name */
            name: string;
            /** Subject */
            subject: string;
        };
        /** ModelEntryList */
        ModelEntryList: {
            /** Models */
            models: components["schemas"]["ModelEntryView"][];
            /**
             * Prices Date
             * @description when the prices that ship were last compared with a price list
             */
            prices_date: string;
        };
        /**
         * ModelEntryView
         * @description An entry of the model table, without its keys. Prices are dollars per million tokens; null is unknown.
         */
        ModelEntryView: {
            /** Alias Of */
            alias_of: string;
            /** Context Length */
            context_length: number;
            /** Defaults */
            defaults: {
                [key: string]: string | number | boolean | string[];
            };
            /** Fallbacks */
            fallbacks: string[];
            /** First Token Seconds */
            first_token_seconds: number;
            /** Name */
            name: string;
            /**
             * Own Prices
             * @description the prices that the entry itself sets
             */
            own_prices?: {
                [key: string]: number;
            } | null;
            /**
             * Owner
             * @description whose it is: 'owner' is the stack's owners
             * @default owner
             */
            owner?: string;
            /** Prices */
            prices: {
                [key: string]: number | null;
            };
            /** Repeatable */
            repeatable: boolean;
            /**
             * Replaces
             * @description the source of the entry that it replaces
             * @default
             */
            replaces?: string;
            /** Seconds */
            seconds: number;
            /**
             * Services
             * @description whether the services of the stack write answers with it
             * @default true
             */
            services?: boolean;
            /**
             * Source
             * @description 'api', or the file or the variable that it comes from
             */
            source: string;
            /** Upstreams */
            upstreams: components["schemas"]["ModelUpstreamView"][];
        };
        /** ModelUpstreamView */
        ModelUpstreamView: {
            /** Drain */
            drain: boolean;
            /** Has Key */
            has_key: boolean;
            /** Max Tokens Field */
            max_tokens_field: string;
            /** Model */
            model: string;
            /** Reasoning Field */
            reasoning_field: string;
            /** Sidecar */
            sidecar: string;
            /** Structured Output */
            structured_output: boolean;
            /** Tokenize */
            tokenize: boolean;
            /** Tool Choice */
            tool_choice: boolean | "schema";
            /** Url */
            url: string;
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
         * ProviderView
         * @description An identity provider. `linked` is the number of accounts that signed in with it, None where none are linked.
         */
        ProviderView: {
            /**
             * Issuer
             * @description the provider's address, or the name of the proxy's header
             */
            issuer: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "openid-connect" | "proxy-header";
            /** Linked */
            linked?: number | null;
            /** Name */
            name: string;
            /** Title */
            title: string;
            /**
             * Unknown
             * @description what happens to people without an account
             * @enum {string}
             */
            unknown: "refuse" | "guest" | "member";
        };
        /**
         * PullView
         * @description How far a pull is, or how the last one ended. `total` is 0 while it is unknown.
         */
        PullView: {
            /** Bytes */
            bytes: number;
            /** Error */
            error: string;
            /** File */
            file: string;
            /**
             * State
             * @enum {string}
             */
            state: "pulling" | "done" | "failed" | "cancelled";
            /** Total */
            total: number;
        };
        /** Removed */
        Removed: {
            /** Heir */
            heir: string | null;
            /** Id */
            id: string;
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
         * RouteClaim
         * @description A path prefix of a service, and the largest body that it accepts there.
         */
        RouteClaim: {
            /**
             * Body Bytes Max
             * @default 10485760
             */
            body_bytes_max?: number;
            /** Prefix */
            prefix: string;
        };
        /** ServiceHealth */
        ServiceHealth: {
            /** Instances */
            instances: components["schemas"]["InstanceHealth"][];
            /** Name */
            name: string;
            /** Required */
            required: boolean;
            /**
             * Status
             * @enum {string}
             */
            status: "healthy" | "degraded" | "unhealthy";
            /** Summary */
            summary: string;
            /** Title */
            title: string;
        };
        /** ServiceList */
        ServiceList: {
            /**
             * Keeping Expired
             * @description most leases expired at once, so the last known set is kept
             */
            keeping_expired: boolean;
            /** Revision */
            revision: number;
            /** Services */
            services: components["schemas"]["ServiceView"][];
        };
        /** ServiceView */
        ServiceView: {
            /**
             * Breaker
             * @enum {string}
             */
            breaker: "closed" | "half-open" | "open";
            /** In Flight */
            in_flight: number;
            /** Instances */
            instances: components["schemas"]["InstanceView"][];
            /** Name */
            name: string;
            /**
             * Owner
             * @description the principal that registered it first; empty while identity is off
             */
            owner: string;
            /** Routes */
            routes: string[];
        };
        /** SessionList */
        SessionList: {
            /** Sessions */
            sessions: components["schemas"]["SessionView"][];
        };
        /**
         * SessionView
         * @description An open session. `method` is how the person signed in, `current` is the one that asks.
         */
        SessionView: {
            /** Address */
            address: string;
            /** Agent */
            agent: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Current */
            current: boolean;
            /**
             * Ends At
             * Format: date-time
             */
            ends_at: string;
            /** Id */
            id: string;
            /**
             * Last Seen At
             * Format: date-time
             */
            last_seen_at: string;
            /** Method */
            method: string;
            /** Provider */
            provider: string;
            /** User Id */
            user_id: string;
        };
        /**
         * SignInView
         * @description What people can sign in with.
         */
        SignInView: {
            /** Passkeys */
            passkeys: boolean;
            /** Passwords */
            passwords: boolean;
            /** Providers */
            providers: components["schemas"]["ProviderView"][];
        };
        /** SubjectView */
        SubjectView: {
            /** Email */
            email: string;
            /** Name */
            name: string;
            /** Subject */
            subject: string;
        };
        /** UsageReport */
        UsageReport: {
            /** Rows */
            rows: components["schemas"]["UsageRow"][];
        };
        /**
         * UsageRow
         * @description What one key used of one model at one upstream on one day. `cost_usd` does not include `unpriced` requests.
         */
        UsageRow: {
            /** Cache Write Tokens */
            cache_write_tokens: number;
            /** Cached Tokens */
            cached_tokens: number;
            /** Completion Tokens */
            completion_tokens: number;
            /**
             * Cost Usd
             * @description null if the price of none of the requests is known
             */
            cost_usd: number | null;
            /** Day */
            day: string;
            /** Key */
            key: string;
            /** Model */
            model: string;
            /** Prompt Tokens */
            prompt_tokens: number;
            /** Reasoning Tokens */
            reasoning_tokens: number;
            /** Requests */
            requests: number;
            /**
             * Source
             * @enum {string}
             */
            source: "upstream" | "drained" | "estimated" | "cache";
            /** Unpriced */
            unpriced: number;
            /** Upstream */
            upstream: string;
        };
        /**
         * UserChange
         * @description What to change; null leaves a value as it is.
         */
        UserChange: {
            /** Email */
            email?: string | null;
            /** Name */
            name?: string | null;
            /** Role */
            role?: ("owner" | "admin" | "member" | "guest") | null;
            /** Status */
            status?: ("active" | "disabled") | null;
        };
        /** UserCreated */
        UserCreated: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Email */
            email: string;
            /** Id */
            id: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "user" | "service-account";
            /** Last Seen At */
            last_seen_at: string | null;
            /** @description the invitation; null for service accounts */
            link: components["schemas"]["LinkView"] | null;
            /** Name */
            name: string;
            /**
             * Role
             * @enum {string}
             */
            role: "owner" | "admin" | "member" | "guest";
            /**
             * Status
             * @enum {string}
             */
            status: "active" | "disabled";
            /** Subject */
            subject: string;
        };
        /** UseRequest */
        UseRequest: {
            /** Roles */
            roles?: string[];
        };
        /**
         * UserList
         * @description `next` is the value of `after` for the next page, empty on the last one.
         */
        UserList: {
            /** Next */
            next: string;
            /** Users */
            users: components["schemas"]["UserView"][];
        };
        /**
         * UserRequest
         * @description A user or service account to create. A service account has no e-mail address and cannot sign in.
         * @example {
         *       "email": "ada@example.com",
         *       "name": "Ada Lovelace"
         *     }
         */
        UserRequest: {
            /**
             * Email
             * @default
             */
            email?: string;
            /**
             * Kind
             * @default user
             * @enum {string}
             */
            kind?: "user" | "service-account";
            /** Name */
            name: string;
            /**
             * Role
             * @default member
             * @enum {string}
             */
            role?: "owner" | "admin" | "member" | "guest";
        };
        /** UserView */
        UserView: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Email */
            email: string;
            /** Id */
            id: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "user" | "service-account";
            /** Last Seen At */
            last_seen_at: string | null;
            /** Name */
            name: string;
            /**
             * Role
             * @enum {string}
             */
            role: "owner" | "admin" | "member" | "guest";
            /**
             * Status
             * @enum {string}
             */
            status: "active" | "disabled";
            /** Subject */
            subject: string;
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
    health_of_all_api_health_all_get: {
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
                    "application/json": components["schemas"]["HealthOfAll"];
                };
            };
        };
    };
    read_audit_gateway_audit_get: {
        parameters: {
            query?: {
                before?: number | null;
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
                    "application/json": components["schemas"]["AuditView"][];
                };
            };
        };
    };
    search_directory_gateway_directory_get: {
        parameters: {
            query?: {
                q?: string;
                subject?: string[] | null;
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
                    "application/json": components["schemas"]["SubjectView"][];
                };
            };
        };
    };
    read_principal_gateway_directory_principals__subject__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                subject: string;
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
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    create_first_owner_link_gateway_first_owner_post: {
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
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LinkView"];
                };
            };
        };
    };
    list_groups_gateway_groups_get: {
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
                    "application/json": components["schemas"]["GroupView"][];
                };
            };
        };
    };
    create_group_gateway_groups_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GroupRequest"];
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
                    "application/json": components["schemas"]["GroupView"];
                };
            };
        };
    };
    read_group_gateway_groups__group_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group_id: string;
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
                    "application/json": components["schemas"]["GroupDetails"];
                };
            };
        };
    };
    remove_group_gateway_groups__group_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group_id: string;
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
    rename_group_gateway_groups__group_id__patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GroupRequest"];
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
                    "application/json": components["schemas"]["GroupDetails"];
                };
            };
        };
    };
    add_member_gateway_groups__group_id__members__member__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group_id: string;
                member: string;
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
                    "application/json": components["schemas"]["GroupDetails"];
                };
            };
        };
    };
    take_out_member_gateway_groups__group_id__members__member__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                group_id: string;
                member: string;
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
                    "application/json": components["schemas"]["GroupDetails"];
                };
            };
        };
    };
    read_response_gateway_kept_responses__owner___response_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                owner: string;
                response_id: string;
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
                    "application/json": {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    keep_response_gateway_kept_responses__owner___response_id__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                owner: string;
                response_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
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
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    delete_response_gateway_kept_responses__owner___response_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                owner: string;
                response_id: string;
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
    list_keys_gateway_keys_get: {
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
                    "application/json": components["schemas"]["KeyList"];
                };
            };
        };
    };
    create_key_gateway_keys_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyRequest"];
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
                    "application/json": components["schemas"]["KeyCreated"];
                };
            };
        };
    };
    revoke_key_gateway_keys__key_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key_id: string;
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
                    "application/json": components["schemas"]["KeyView"];
                };
            };
        };
    };
    set_model_rules_gateway_keys__key_id__models_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                key_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyModelRules"];
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
                    "application/json": components["schemas"]["KeyView"];
                };
            };
        };
    };
    limits_gateway_limits_get: {
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
                    "application/json": components["schemas"]["LimitsView"];
                };
            };
        };
    };
    list_local_models_gateway_local_models_get: {
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
                    "application/json": components["schemas"]["LocalModelList"];
                };
            };
        };
    };
    get_local_model_gateway_local_models__name__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
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
                    "application/json": components["schemas"]["LocalModelView"];
                };
            };
        };
    };
    remove_local_model_gateway_local_models__name__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
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
    watch_pull_gateway_local_models__name__pull_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
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
    start_pull_gateway_local_models__name__pull_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
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
                    "application/json": components["schemas"]["PullView"];
                };
            };
        };
    };
    cancel_pull_gateway_local_models__name__pull_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
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
    use_gateway_local_models__name__use_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UseRequest"];
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
                    "application/json": components["schemas"]["LocalModelView"];
                };
            };
        };
    };
    stop_using_gateway_local_models__name__use_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
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
                    "application/json": components["schemas"]["LocalModelView"];
                };
            };
        };
    };
    read_me_gateway_me_get: {
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
                    "application/json": components["schemas"]["Me"];
                };
            };
        };
    };
    export_me_gateway_me_export_get: {
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
                content?: never;
            };
        };
    };
    list_models_gateway_models_get: {
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
                    "application/json": components["schemas"]["ModelEntryList"];
                };
            };
        };
    };
    get_model_gateway_models__name__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
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
                    "application/json": components["schemas"]["ModelEntryView"];
                };
            };
        };
    };
    put_model_gateway_models__name__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": unknown;
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
                    "application/json": components["schemas"]["ModelEntryView"];
                };
            };
        };
    };
    delete_model_gateway_models__name__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
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
    show_access_gateway_models__thing__access_get: {
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
    set_access_gateway_models__thing__access_put: {
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
    list_requests_gateway_models__thing__access_requests_get: {
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
    request_access_gateway_models__thing__access_requests_post: {
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
    decline_gateway_models__thing__access_requests__subject__delete: {
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
    transfer_gateway_models__thing__owner_put: {
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
    list_providers_gateway_providers_get: {
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
                    "application/json": components["schemas"]["SignInView"];
                };
            };
        };
    };
    list_sessions_gateway_sessions_get: {
        parameters: {
            query?: {
                user?: string;
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
                    "application/json": components["schemas"]["SessionList"];
                };
            };
        };
    };
    end_sessions_gateway_sessions_delete: {
        parameters: {
            query?: {
                user?: string;
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
                    "application/json": components["schemas"]["Ended"];
                };
            };
        };
    };
    end_session_gateway_sessions__session_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session_id: string;
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
                    "application/json": components["schemas"]["Ended"];
                };
            };
        };
    };
    usage_gateway_usage_get: {
        parameters: {
            query?: {
                key?: string;
                model?: string;
                /** @description a day in UTC, such as 2026-11-26 */
                since?: string;
                /** @description a day in UTC, such as 2026-11-26 */
                until?: string;
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
                    "application/json": components["schemas"]["UsageReport"];
                };
            };
        };
    };
    usage_as_csv_gateway_usage_csv_get: {
        parameters: {
            query?: {
                key?: string;
                model?: string;
                /** @description a day in UTC, such as 2026-11-26 */
                since?: string;
                /** @description a day in UTC, such as 2026-11-26 */
                until?: string;
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
                    "application/json": unknown;
                };
            };
        };
    };
    list_users_gateway_users_get: {
        parameters: {
            query?: {
                after?: string;
                limit?: number;
                q?: string;
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
                    "application/json": components["schemas"]["UserList"];
                };
            };
        };
    };
    create_user_gateway_users_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserRequest"];
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
                    "application/json": components["schemas"]["UserCreated"];
                };
            };
        };
    };
    read_user_gateway_users__user_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
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
                    "application/json": components["schemas"]["UserView"];
                };
            };
        };
    };
    remove_user_gateway_users__user_id__delete: {
        parameters: {
            query?: {
                /** @description delete what is theirs */
                delete?: boolean;
                /** @description who gets what is theirs, such as user:ID */
                heir?: string;
            };
            header?: never;
            path: {
                user_id: string;
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
                    "application/json": components["schemas"]["Removed"];
                };
            };
        };
    };
    change_user_gateway_users__user_id__patch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserChange"];
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
                    "application/json": components["schemas"]["UserView"];
                };
            };
        };
    };
    read_belongings_gateway_users__user_id__belongings_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
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
                    "application/json": components["schemas"]["BelongingsView"][];
                };
            };
        };
    };
    export_user_gateway_users__user_id__export_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
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
    create_link_gateway_users__user_id__link_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LinkRequest"];
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
                    "application/json": components["schemas"]["LinkView"];
                };
            };
        };
    };
    health_health_get: {
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
    list_services_registry_services_get: {
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
                    "application/json": components["schemas"]["ServiceList"];
                };
            };
        };
    };
    show_service_registry_services__name__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
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
                    "application/json": components["schemas"]["ServiceView"];
                };
            };
        };
    };
    register_registry_services__name__instances__instance_id__put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                instance_id: string;
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LeaseRequest"];
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
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lease"];
                };
            };
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Lease"];
                };
            };
        };
    };
    deregister_registry_services__name__instances__instance_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                instance_id: string;
                name: string;
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
    heartbeat_registry_services__name__instances__instance_id__heartbeat_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                instance_id: string;
                name: string;
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
                    "application/json": components["schemas"]["Lease"];
                };
            };
        };
    };
    watch_registry_watch_get: {
        parameters: {
            query?: never;
            header?: {
                "last-event-id"?: string;
            };
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
}
