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
    "/v1/rag/answer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Answer
         * @description An answer with citations. With `stream`, server-sent events: `citation` and `sentence`, then `done`.
         */
        post: operations["answer_v1_rag_answer_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/belongings": {
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
        get: operations["show_belongings_v1_rag_belongings_get"];
        put?: never;
        /**
         * Hand Over
         * @description Hands everything over to the heir, or deletes it, and removes the subject's grants. Returns what there was.
         *
         *     Repeat it if it fails: what was handled stays handled.
         */
        post: operations["hand_over_v1_rag_belongings_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/belongings/contents": {
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
        get: operations["export_belongings_v1_rag_belongings_contents_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/collections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Collections
         * @description The caller's collections and those shared with it.
         */
        get: operations["list_collections_v1_rag_collections_get"];
        put?: never;
        /**
         * Create Collection
         * @description Creates a collection. Only its owner sees it until it is shared.
         */
        post: operations["create_collection_v1_rag_collections_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/collections/{collection}": {
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
         * @description Deletes a collection with its documents, sources and grants.
         */
        delete: operations["delete_collection_v1_rag_collections__collection__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/collections/{collection}/documents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Documents
         * @description Lists documents, most recently updated first unless `sort` says otherwise.
         */
        get: operations["list_documents_v1_rag_collections__collection__documents_get"];
        put?: never;
        /**
         * Add Documents
         * @description Adds files (multipart, field `files`), or a text or URL (JSON). The returned job shows the progress.
         */
        post: operations["add_documents_v1_rag_collections__collection__documents_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/collections/{collection}/documents/{document_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Document
         * @description A document with its text and chunks.
         */
        get: operations["show_document_v1_rag_collections__collection__documents__document_id__get"];
        put?: never;
        post?: never;
        /**
         * Delete Document
         * @description Deletes a document, and its chunks and its file unless another document has the same content.
         */
        delete: operations["delete_document_v1_rag_collections__collection__documents__document_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/collections/{collection}/documents/{document_id}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show File
         * @description The original file of a document's current version.
         */
        get: operations["show_file_v1_rag_collections__collection__documents__document_id__file_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/collections/{collection}/documents/{document_id}/reindex": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reindex Document
         * @description Indexes a document again from its file. Until that is done, its current version is searched.
         */
        post: operations["reindex_document_v1_rag_collections__collection__documents__document_id__reindex_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/collections/{collection}/documents/states": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Show File States
         * @description What the collection has of each file, so that only new and changed files need to be sent.
         */
        post: operations["show_file_states_v1_rag_collections__collection__documents_states_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/collections/{collection}/reindex": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reindex Collection
         * @description Indexes all documents again, for example after a change of the chunk size or an upgrade.
         */
        post: operations["reindex_collection_v1_rag_collections__collection__reindex_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/collections/{collection}/sources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Sources
         * @description The sources of a collection, each with the error of its last check, if any.
         */
        get: operations["list_sources_v1_rag_collections__collection__sources_get"];
        put?: never;
        /**
         * Add Source
         * @description Watches a folder (inside `RAG_WATCH_FOLDERS`) or a URL, and checks it every `every_seconds`.
         *
         *     Only administrators watch folders. A source acts with the rights that the person who added it has at the time.
         */
        post: operations["add_source_v1_rag_collections__collection__sources_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/collections/{collection}/sources/{source_id}": {
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
         * @description Stops watching a source. Its documents stay.
         */
        delete: operations["remove_source_v1_rag_collections__collection__sources__source_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/collections/{thing}/access": {
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
        get: operations["show_access_v1_rag_collections__thing__access_get"];
        /**
         * Set Access
         * @description Replaces the grants. The owner always keeps all rights.
         */
        put: operations["set_access_v1_rag_collections__thing__access_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/collections/{thing}/access/requests": {
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
        get: operations["list_requests_v1_rag_collections__thing__access_requests_get"];
        put?: never;
        /**
         * Request Access
         * @description Asks the thing's managers for access. The response does not show whether the thing exists, nor its time.
         */
        post: operations["request_access_v1_rag_collections__thing__access_requests_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/collections/{thing}/access/requests/{subject}": {
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
        delete: operations["decline_v1_rag_collections__thing__access_requests__subject__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/collections/{thing}/owner": {
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
        put: operations["transfer_v1_rag_collections__thing__owner_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/experience": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Experience
         * @description Searches again with terms of a query's result, and records the new chunks for similar queries.
         */
        post: operations["experience_v1_rag_experience_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/graph": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Graph
         * @description The entities with the strongest relations, and the relations among them.
         */
        get: operations["show_graph_v1_rag_graph_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/graph/communities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Communities
         * @description The topics of the collection: closely related entities, with sentences that relate them.
         */
        get: operations["communities_v1_rag_graph_communities_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/graph/edits": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Edits
         * @description The manual corrections, oldest first.
         */
        get: operations["edits_v1_rag_graph_edits_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/graph/edits/{edit_id}": {
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
         * Undo
         * @description Undoes a correction.
         */
        delete: operations["undo_v1_rag_graph_edits__edit_id__delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/graph/entities": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Entities
         * @description Entities whose name contains `q`, or those that a document mentions. Otherwise the most central entities.
         */
        get: operations["entities_v1_rag_graph_entities_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/graph/entities/{entity_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Entity
         * @description An entity with its relations and the chunks that mention it.
         */
        get: operations["show_entity_v1_rag_graph_entities__entity_id__get"];
        put?: never;
        post?: never;
        /**
         * Hide
         * @description Hides an entity. It stays hidden if documents that are added later mention it.
         */
        delete: operations["hide_v1_rag_graph_entities__entity_id__delete"];
        options?: never;
        head?: never;
        /**
         * Rename
         * @description Changes the name that an entity is shown with.
         */
        patch: operations["rename_v1_rag_graph_entities__entity_id__patch"];
        trace?: never;
    };
    "/v1/rag/graph/entities/{entity_id}/merge": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Merge
         * @description Merges an entity into another one. The merge also applies to documents that are added later.
         */
        post: operations["merge_v1_rag_graph_entities__entity_id__merge_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/graph/entities/{entity_id}/neighbours": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Neighbours
         * @description Entities at most `depth` relations away, nearest and strongest first.
         */
        get: operations["neighbours_v1_rag_graph_entities__entity_id__neighbours_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/graph/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export
         * @description The whole graph as GraphML, JSON-LD, or CSV (relations; `csv-entities` for the entities).
         */
        get: operations["export_v1_rag_graph_export_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/graph/path": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Path
         * @description The shortest path between two entities. `from` and `to` are ids or names.
         */
        get: operations["path_v1_rag_graph_path_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/graph/query": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Query
         * @description The subgraph around a question or some entities, with the chunks that support it.
         */
        post: operations["query_v1_rag_graph_query_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/jobs/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show Job
         * @description The progress of a job, for those who may view its collection.
         */
        get: operations["show_job_v1_rag_jobs__job_id__get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Search
         * @description The best matching chunks, by words (BM25), meaning, graph, or a combination of them.
         */
        post: operations["search_v1_rag_search_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/rag/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Status
         * @description The number of waiting files in the caller's collections, and the state of the embedder and lexical index.
         */
        get: operations["status_v1_rag_status_get"];
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
         * Answer
         * @description `generated`: written by a model, with checked citations. `extractive`: sentences from the documents. `none`: the
         *     documents do not answer the question.
         */
        Answer: {
            /** Answer */
            answer: string;
            /** Citations */
            citations: components["schemas"]["Citation"][];
            /**
             * Mode
             * @enum {string}
             */
            mode: "generated" | "extractive" | "none";
            /**
             * Note
             * @description why the model's answer is missing or incomplete although a model is set
             * @default
             */
            note?: string;
            /**
             * Question
             * @description the rewritten question, if it was a follow-up
             * @default
             */
            question?: string;
            /** Sentences */
            sentences: components["schemas"]["Sentence"][];
        };
        /**
         * AnswerRequest
         * @example {
         *       "question": "How do I put my own service behind the gateway?"
         *     }
         */
        AnswerRequest: {
            /**
             * Collection
             * @default default
             */
            collection?: string;
            /**
             * Collections
             * @description instead of collection: several ids or names, or * for all that the caller may search
             */
            collections?: "*" | string[] | null;
            /** Filter */
            filter?: {
                [key: string]: unknown;
            };
            /**
             * History
             * @description the conversation so far
             */
            history?: components["schemas"]["Turn"][];
            /**
             * Mode
             * @default auto
             * @enum {string}
             */
            mode?: "auto" | "lexical" | "semantic" | "hybrid" | "graph";
            /** Question */
            question: string;
            /**
             * Stream
             * @default false
             */
            stream?: boolean;
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
        /** ChunkView */
        ChunkView: {
            /** End */
            end: number;
            /** Heading */
            heading: string[];
            /** Page */
            page: number | null;
            /** Start */
            start: number;
            /** Text */
            text: string;
        };
        /**
         * Citation
         * @description The source of a sentence. The answer refers to it by `number`.
         */
        Citation: {
            /**
             * Collection
             * @description id of the document's collection
             * @default
             */
            collection?: string;
            /** Document */
            document: string;
            /** End */
            end: number;
            /** Heading */
            heading: string[];
            /** Name */
            name: string;
            /** Number */
            number: number;
            /** Page */
            page: number | null;
            /** Start */
            start: number;
            /** Text */
            text: string;
            /** Title */
            title: string;
        };
        /**
         * CollectionView
         * @description `id` names it wherever a collection is named, and so does `name` if the caller has or sees only one of that name.
         *
         *     `yours` is what the caller may do with it.
         */
        CollectionView: {
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Documents */
            documents: number;
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
         * CommunityView
         * @description Closely related entities. `summary` quotes sentences from the documents.
         */
        CommunityView: {
            /** Entities */
            entities: components["schemas"]["EntityView"][];
            /** Id */
            id: number;
            /** Size */
            size: number;
            /** Summary */
            summary: components["schemas"]["Place"][];
            /** Title */
            title: string;
        };
        /** DocumentDetail */
        DocumentDetail: {
            /** Bytes */
            bytes: number;
            /** Chunks */
            chunks: components["schemas"]["ChunkView"][];
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Error */
            error: string;
            /** Id */
            id: string;
            /** Media Type */
            media_type: string;
            /** Metadata */
            metadata: {
                [key: string]: string;
            };
            /** Name */
            name: string;
            /** Pages */
            pages: number | null;
            /**
             * Status
             * @enum {string}
             */
            status: "pending" | "ready" | "failed";
            /** Text */
            text: string;
            /** Title */
            title: string;
            /**
             * Updated At
             * Format: date-time
             */
            updated_at: string;
            /** Version */
            version: number;
        };
        /** DocumentList */
        DocumentList: {
            /** Documents */
            documents: components["schemas"]["DocumentView"][];
            /** Total */
            total: number;
        };
        /** DocumentView */
        DocumentView: {
            /** Bytes */
            bytes: number;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Error */
            error: string;
            /** Id */
            id: string;
            /** Media Type */
            media_type: string;
            /** Metadata */
            metadata: {
                [key: string]: string;
            };
            /** Name */
            name: string;
            /** Pages */
            pages: number | null;
            /**
             * Status
             * @enum {string}
             */
            status: "pending" | "ready" | "failed";
            /** Title */
            title: string;
            /**
             * Updated At
             * Format: date-time
             */
            updated_at: string;
            /** Version */
            version: number;
        };
        /**
         * EditView
         * @description `id` is that of the entity that was corrected.
         */
        EditView: {
            /** Id */
            id: string;
            /** Key */
            key: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "merge" | "rename" | "hide";
            /** Value */
            value: string;
        };
        /**
         * EmbedderView
         * @description Names of embedders: `serving` answers searches, and `coming` replaces it once all its vectors are made.
         *
         *     `behind` is true while vectors are missing.
         */
        EmbedderView: {
            /** Behind */
            behind: boolean;
            /** Coming */
            coming: string | null;
            /** Serving */
            serving: string | null;
        };
        /** EntityDetail */
        EntityDetail: {
            /** Aliases */
            aliases: string[];
            /**
             * Centrality
             * @description sum of the weights of its relations
             */
            centrality: number;
            /** Chunks */
            chunks: number;
            /**
             * Evidence
             * @description chunks that mention it, at most 20
             */
            evidence: components["schemas"]["Place"][];
            /** Id */
            id: string;
            /** Kind */
            kind: string;
            /** Mentions */
            mentions: number;
            /** Name */
            name: string;
            /** Neighbours */
            neighbours: components["schemas"]["EntityView"][];
            /** Relations */
            relations: components["schemas"]["RelationView"][];
        };
        /** EntityList */
        EntityList: {
            /** Entities */
            entities: components["schemas"]["EntityView"][];
            /**
             * Total
             * @description number of entities in the whole graph
             */
            total: number;
        };
        /**
         * EntityView
         * @description `kind` is name, person, place, organisation, work, date, term or code. `chunks` is how many chunks mention it.
         */
        EntityView: {
            /** Aliases */
            aliases: string[];
            /**
             * Centrality
             * @description sum of the weights of its relations
             */
            centrality: number;
            /** Chunks */
            chunks: number;
            /** Id */
            id: string;
            /** Kind */
            kind: string;
            /** Mentions */
            mentions: number;
            /** Name */
            name: string;
        };
        /** EvidenceView */
        EvidenceView: {
            /**
             * Count
             * @description number of sentences that mention both
             */
            count: number;
            /** Evidence */
            evidence: components["schemas"]["Place"][];
            /** Phrases */
            phrases: string[];
            /** Source */
            source: string;
            /** Target */
            target: string;
            /** Weight */
            weight: number;
        };
        /**
         * ExperienceAnswer
         * @description `query` is the query with the terms that were added from the result.
         */
        ExperienceAnswer: {
            /** Hits */
            hits: components["schemas"]["Hit"][];
            /** Query */
            query: string;
        };
        /**
         * ExperienceRequest
         * @example {
         *       "execution_result": "breaker open",
         *       "query": "why is the gateway slow"
         *     }
         */
        ExperienceRequest: {
            /**
             * Collection
             * @default default
             */
            collection?: string;
            /** Execution Result */
            execution_result: string;
            /** Query */
            query: string;
            /**
             * Top K
             * @default 10
             */
            top_k?: number;
        };
        /**
         * FileHash
         * @description `name` is as in an upload, `sha256` is the hash of the file's bytes in hex.
         */
        FileHash: {
            /** Name */
            name: string;
            /** Sha256 */
            sha256: string;
        };
        /**
         * FileHashes
         * @example {
         *       "files": [
         *         {
         *           "name": "a/notes.md",
         *           "sha256": "0000000000000000000000000000000000000000000000000000000000000000"
         *         }
         *       ]
         *     }
         */
        FileHashes: {
            /** Files */
            files: components["schemas"]["FileHash"][];
        };
        /**
         * FileState
         * @description What a collection has of a file. `document` is the id of the document of this name.
         *
         *     `missing`: no document has the name. `changed`: the document has other bytes. `waiting`: it gets these bytes, which
         *     were sent already. `ready`: it has them. `failed`: these bytes could not be indexed; `error` is the reason.
         */
        FileState: {
            /** Document */
            document: string | null;
            /** Error */
            error: string;
            /** Name */
            name: string;
            /**
             * State
             * @enum {string}
             */
            state: "missing" | "changed" | "waiting" | "ready" | "failed";
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
         * GraphAnswer
         * @description `named` holds the ids of the entities that the question mentions.
         */
        GraphAnswer: {
            /** Entities */
            entities: components["schemas"]["EntityView"][];
            /** Evidence */
            evidence: components["schemas"]["Place"][];
            /** Named */
            named: string[];
            /** Relations */
            relations: components["schemas"]["RelationView"][];
        };
        /**
         * GraphQuery
         * @example {
         *       "question": "how do leases and health checks relate"
         *     }
         */
        GraphQuery: {
            /**
             * Collection
             * @default default
             */
            collection?: string;
            /**
             * Depth
             * @default 1
             */
            depth?: number;
            /**
             * Entities
             * @description ids to start from
             */
            entities?: string[];
            /**
             * Limit
             * @default 50
             */
            limit?: number;
            /**
             * Question
             * @default
             */
            question?: string;
        };
        /**
         * GraphView
         * @description Entities and the relations among them.
         */
        GraphView: {
            /** Entities */
            entities: components["schemas"]["EntityView"][];
            /** Relations */
            relations: components["schemas"]["RelationView"][];
        };
        /**
         * Hit
         * @description A chunk with its score. `scores` holds the scores of the rankings that contain it.
         */
        Hit: {
            /**
             * Chunk
             * @description id of the chunk; it changes when the text of the chunk changes
             */
            chunk: string;
            /**
             * Collection
             * @description id of the document's collection
             * @default
             */
            collection?: string;
            /** Document */
            document: string;
            /** End */
            end: number;
            /** Heading */
            heading: string[];
            /** Name */
            name: string;
            /** Page */
            page: number | null;
            /** Score */
            score: number;
            /** Scores */
            scores: {
                [key: string]: number;
            };
            /** Start */
            start: number;
            /** Text */
            text: string;
            /** Title */
            title: string;
        };
        /** JobItemView */
        JobItemView: {
            /** Document */
            document: string | null;
            /** Error */
            error: string;
            /** Name */
            name: string;
            /**
             * State
             * @enum {string}
             */
            state: "queued" | "running" | "done" | "failed" | "duplicate";
        };
        /**
         * JobView
         * @description A job is `done` when no file is queued or running. `failed` counts the files that could not be ingested.
         */
        JobView: {
            /** Collection */
            collection: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Done */
            done: number;
            /** Duplicate */
            duplicate: number;
            /** Failed */
            failed: number;
            /** Id */
            id: string;
            /**
             * Items
             * @description at most 1000, failed ones first
             */
            items: components["schemas"]["JobItemView"][];
            /**
             * State
             * @enum {string}
             */
            state: "running" | "done";
            /** Total */
            total: number;
        };
        /**
         * LexicalView
         * @description The state of the lexical index. While it is rebuilt, the previous one answers searches.
         */
        LexicalView: {
            /**
             * Chunks
             * @description number of chunks of the collection that is being rebuilt
             */
            chunks: number;
            /** Chunks Done */
            chunks_done: number;
            /**
             * Collections
             * @description number of collections whose index is being rebuilt or will be
             */
            collections: number;
            /** Rebuilding */
            rebuilding: boolean;
        };
        /** Merge */
        Merge: {
            /**
             * Into
             * @description id of the entity that remains
             */
            into: string;
        };
        /**
         * Neighbourhood
         * @description `distance` is the number of relations to each entity, by its id.
         */
        Neighbourhood: {
            /** Distance */
            distance: {
                [key: string]: number;
            };
            /** Entities */
            entities: components["schemas"]["EntityView"][];
            /** Relations */
            relations: components["schemas"]["RelationView"][];
        };
        /**
         * NewCollection
         * @example {
         *       "name": "contracts"
         *     }
         */
        NewCollection: {
            /** Name */
            name: string;
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
         * NewSource
         * @description A folder on the service's machine, or a URL, to check every `every_seconds`.
         * @example {
         *       "folder": "/srv/handbook"
         *     }
         */
        NewSource: {
            /**
             * Every Seconds
             * @default 300
             */
            every_seconds?: number;
            /**
             * Folder
             * @default
             */
            folder?: string;
            /**
             * Url
             * @default
             */
            url?: string;
        };
        /**
         * PathView
         * @description The entities on the path, and the relations between them with their evidence.
         */
        PathView: {
            /** Entities */
            entities: components["schemas"]["EntityView"][];
            /** Relations */
            relations: components["schemas"]["EvidenceView"][];
        };
        /**
         * Place
         * @description A span of a document: `start` and `end` are character offsets into its text.
         */
        Place: {
            /**
             * Collection
             * @description id of the document's collection
             * @default
             */
            collection?: string;
            /** Document */
            document: string;
            /** End */
            end: number;
            /** Heading */
            heading: string[];
            /** Name */
            name: string;
            /** Page */
            page: number | null;
            /** Start */
            start: number;
            /** Text */
            text: string;
            /** Title */
            title: string;
        };
        /**
         * RelationView
         * @description `phrases` are words of the documents that state the relation. Empty if the two only occur together.
         */
        RelationView: {
            /**
             * Count
             * @description number of sentences that mention both
             */
            count: number;
            /** Phrases */
            phrases: string[];
            /** Source */
            source: string;
            /** Target */
            target: string;
            /** Weight */
            weight: number;
        };
        /** Rename */
        Rename: {
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
         * SearchAnswer
         * @description `mode` is the mode that was used.
         */
        SearchAnswer: {
            /** Hits */
            hits: components["schemas"]["Hit"][];
            /**
             * Mode
             * @enum {string}
             */
            mode: "auto" | "lexical" | "semantic" | "hybrid" | "graph";
        };
        /**
         * SearchRequest
         * @example {
         *       "query": "how long do leases live",
         *       "top_k": 5
         *     }
         */
        SearchRequest: {
            /**
             * Collection
             * @default default
             */
            collection?: string;
            /**
             * Collections
             * @description instead of collection: several ids or names, or * for all that the caller may search
             */
            collections?: "*" | string[] | null;
            /**
             * Diversity
             * @description how much the hits should differ from each other
             * @default 0
             */
            diversity?: number;
            /**
             * Filter
             * @description conditions on documents: a value, a list of values, or gte, gt, lte, lt, ne
             */
            filter?: {
                [key: string]: unknown;
            };
            /**
             * Mode
             * @description auto: hybrid if an embedder is set, otherwise lexical
             * @default auto
             * @enum {string}
             */
            mode?: "auto" | "lexical" | "semantic" | "hybrid" | "graph";
            /** Query */
            query: string;
            /**
             * Stitch
             * @description join hits that are adjacent in a document
             * @default false
             */
            stitch?: boolean;
            /**
             * Top K
             * @default 10
             */
            top_k?: number;
        };
        /**
         * Sentence
         * @description A sentence of an answer with the numbers of its citations.
         */
        Sentence: {
            /** Citations */
            citations: number[];
            /** Text */
            text: string;
        };
        /**
         * SourceView
         * @description `owner` added it. It is checked with the rights that the owner has at the time.
         */
        SourceView: {
            /** Error */
            error: string;
            /** Every Seconds */
            every_seconds: number;
            /** Id */
            id: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "folder" | "url";
            /** Looked At */
            looked_at: string | null;
            /** Owner */
            owner: string;
            /** Place */
            place: string;
        };
        /**
         * StatusView
         * @description The state of ingest, embedder and lexical index.
         */
        StatusView: {
            embedder: components["schemas"]["EmbedderView"];
            lexical: components["schemas"]["LexicalView"];
            /**
             * Waiting
             * @description number of files that wait for ingest or are being ingested
             */
            waiting: number;
        };
        /**
         * Turn
         * @description A message of the conversation before the question.
         */
        Turn: {
            /** Content */
            content: string;
            /**
             * Role
             * @enum {string}
             */
            role: "user" | "assistant";
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
    answer_v1_rag_answer_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AnswerRequest"];
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
                    "application/json": components["schemas"]["Answer"];
                };
            };
        };
    };
    show_belongings_v1_rag_belongings_get: {
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
    hand_over_v1_rag_belongings_post: {
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
    export_belongings_v1_rag_belongings_contents_get: {
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
    list_collections_v1_rag_collections_get: {
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
    create_collection_v1_rag_collections_post: {
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
    delete_collection_v1_rag_collections__collection__delete: {
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
    list_documents_v1_rag_collections__collection__documents_get: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
                /** @description part of a name or title */
                q?: string;
                sort?: "updated_at" | "title" | "name" | "bytes" | "pages" | "status" | "-updated_at" | "-title" | "-name" | "-bytes" | "-pages" | "-status";
                status?: "" | "pending" | "ready" | "failed";
            };
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
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DocumentList"];
                };
            };
        };
    };
    add_documents_v1_rag_collections__collection__documents_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** Metadata */
                    metadata?: {
                        [key: string]: string;
                    };
                    /**
                     * Name
                     * @description a path; the title if it is empty
                     * @default
                     */
                    name?: string;
                    /** Text */
                    text: string;
                    /** Title */
                    title: string;
                } | {
                    /**
                     * Encoding
                     * @description of the text; found in the content unless given
                     * @default
                     */
                    encoding?: string;
                    /** Metadata */
                    metadata?: {
                        [key: string]: string;
                    };
                    /**
                     * Title
                     * @default
                     */
                    title?: string;
                    /** Url */
                    url: string;
                };
                "multipart/form-data": {
                    /** @description of text, HTML and XML; found unless given */
                    encoding?: string;
                    files: string[];
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
    show_document_v1_rag_collections__collection__documents__document_id__get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection: string;
                document_id: string;
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
                    "application/json": components["schemas"]["DocumentDetail"];
                };
            };
        };
    };
    delete_document_v1_rag_collections__collection__documents__document_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection: string;
                document_id: string;
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
    show_file_v1_rag_collections__collection__documents__document_id__file_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection: string;
                document_id: string;
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
    reindex_document_v1_rag_collections__collection__documents__document_id__reindex_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection: string;
                document_id: string;
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
                    "application/json": components["schemas"]["JobView"];
                };
            };
        };
    };
    show_file_states_v1_rag_collections__collection__documents_states_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FileHashes"];
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
                    "application/json": components["schemas"]["FileState"][];
                };
            };
        };
    };
    reindex_collection_v1_rag_collections__collection__reindex_post: {
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
    list_sources_v1_rag_collections__collection__sources_get: {
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
    add_source_v1_rag_collections__collection__sources_post: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection: string;
            };
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
    remove_source_v1_rag_collections__collection__sources__source_id__delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection: string;
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
    show_access_v1_rag_collections__thing__access_get: {
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
    set_access_v1_rag_collections__thing__access_put: {
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
    list_requests_v1_rag_collections__thing__access_requests_get: {
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
    request_access_v1_rag_collections__thing__access_requests_post: {
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
    decline_v1_rag_collections__thing__access_requests__subject__delete: {
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
    transfer_v1_rag_collections__thing__owner_put: {
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
    experience_v1_rag_experience_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExperienceRequest"];
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
                    "application/json": components["schemas"]["ExperienceAnswer"];
                };
            };
        };
    };
    show_graph_v1_rag_graph_get: {
        parameters: {
            query?: {
                collection?: string;
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
                    "application/json": components["schemas"]["GraphView"];
                };
            };
        };
    };
    communities_v1_rag_graph_communities_get: {
        parameters: {
            query?: {
                collection?: string;
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
                    "application/json": components["schemas"]["CommunityView"][];
                };
            };
        };
    };
    edits_v1_rag_graph_edits_get: {
        parameters: {
            query?: {
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
                    "application/json": components["schemas"]["EditView"][];
                };
            };
        };
    };
    undo_v1_rag_graph_edits__edit_id__delete: {
        parameters: {
            query?: {
                collection?: string;
            };
            header?: never;
            path: {
                edit_id: string;
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
    entities_v1_rag_graph_entities_get: {
        parameters: {
            query?: {
                collection?: string;
                document?: string;
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
                    "application/json": components["schemas"]["EntityList"];
                };
            };
        };
    };
    show_entity_v1_rag_graph_entities__entity_id__get: {
        parameters: {
            query?: {
                collection?: string;
            };
            header?: never;
            path: {
                entity_id: string;
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
                    "application/json": components["schemas"]["EntityDetail"];
                };
            };
        };
    };
    hide_v1_rag_graph_entities__entity_id__delete: {
        parameters: {
            query?: {
                collection?: string;
            };
            header?: never;
            path: {
                entity_id: string;
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
    rename_v1_rag_graph_entities__entity_id__patch: {
        parameters: {
            query?: {
                collection?: string;
            };
            header?: never;
            path: {
                entity_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Rename"];
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
                    "application/json": components["schemas"]["EntityView"];
                };
            };
        };
    };
    merge_v1_rag_graph_entities__entity_id__merge_post: {
        parameters: {
            query?: {
                collection?: string;
            };
            header?: never;
            path: {
                entity_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Merge"];
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
                    "application/json": components["schemas"]["EntityView"];
                };
            };
        };
    };
    neighbours_v1_rag_graph_entities__entity_id__neighbours_get: {
        parameters: {
            query?: {
                collection?: string;
                depth?: number;
                limit?: number;
            };
            header?: never;
            path: {
                entity_id: string;
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
                    "application/json": components["schemas"]["Neighbourhood"];
                };
            };
        };
    };
    export_v1_rag_graph_export_get: {
        parameters: {
            query?: {
                collection?: string;
                format?: "graphml" | "jsonld" | "csv" | "csv-entities";
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
    path_v1_rag_graph_path_get: {
        parameters: {
            query: {
                collection?: string;
                from: string;
                to: string;
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
                    "application/json": components["schemas"]["PathView"];
                };
            };
        };
    };
    query_v1_rag_graph_query_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["GraphQuery"];
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
                    "application/json": components["schemas"]["GraphAnswer"];
                };
            };
        };
    };
    show_job_v1_rag_jobs__job_id__get: {
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
    search_v1_rag_search_post: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SearchRequest"];
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
                    "application/json": components["schemas"]["SearchAnswer"];
                };
            };
        };
    };
    status_v1_rag_status_get: {
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
                    "application/json": components["schemas"]["StatusView"];
                };
            };
        };
    };
}
