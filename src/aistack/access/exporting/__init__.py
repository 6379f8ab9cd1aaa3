"""What belongs to a subject leaves a service: as files and what is left out, in a stream for the gateway."""
