"""nginx in front of the gateways: TLS, load balancing, limits, streamed uploads and security headers."""

from aistack.deploy.rendering.serialization import HEADER
from aistack.stack.description import Stack

UPLOAD_MB = 100
MODERN_CIPHERS = ":".join(
    (
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    )
)  # fmt: skip


def render(stack: Stack) -> dict[str, str]:
    """For nginx on the gateway's machine: `nginx.conf` and the file that it includes."""
    gateway = f"127.0.0.1:{stack.services['gateway'].port}"
    return {
        "nginx.conf": configuration(stack, [gateway], "/etc/ai-stack/tls", "/run/nginx.pid", "/var/lib/nginx"),
        "proxy.conf": proxy(),
    }


def configuration(
    stack: Stack, gateways: list[str], tls: str, pid: str, cache: str, http_port: int = 80, https_port: int = 443
) -> str:
    """The whole file. `gateways` are ADDRESS:PORT, `tls` is the certificate's folder, `cache` a writable one."""
    servers = "\n".join(f"    server {one} max_fails=3 fail_timeout=10s;" for one in gateways)
    last_resort = "\n".join(f"    server {one} backup max_fails=0;" for one in gateways)
    return f"""\
{HEADER}
worker_processes auto;
worker_rlimit_nofile 65536;
pid {pid};
error_log stderr warn;

events {{
  worker_connections 8192;
}}

http {{
  include mime.types;
  default_type application/octet-stream;
  server_tokens off;

  log_format json escape=json '{{"@timestamp":"$time_iso8601","message":"request","service.name":"nginx",'
    '"client.ip":"$remote_addr","http.request.method":"$request_method","url.path":"$uri",'
    '"http.response.status_code":$status,"http.response.body.bytes":$body_bytes_sent,'
    '"event.duration_s":$request_time,"http.request.id":"$sent_http_x_request_id"}}';
  access_log /dev/stdout json;

  client_body_temp_path {cache}/body;
  proxy_temp_path {cache}/proxy;
  fastcgi_temp_path {cache}/fastcgi;
  uwsgi_temp_path {cache}/uwsgi;
  scgi_temp_path {cache}/scgi;
  proxy_cache_path {cache}/static levels=1:2 keys_zone=static:1m max_size=64m inactive=7d use_temp_path=off;

  sendfile on;
  tcp_nopush on;
  keepalive_timeout 65s;
  client_header_timeout 15s;
  client_body_timeout 30s;
  large_client_header_buffers 4 16k;
  reset_timedout_connection on;

  limit_req_zone $binary_remote_addr zone=api:10m rate=10r/s;
  limit_req_zone $binary_remote_addr zone=upload:10m rate=1r/s;
  limit_req_status 429;

  upstream gateways {{
    zone gateways 64k;
    least_conn;
{servers}
    # When all servers are marked as failed, as after several restarts in a row, use all of them instead of none.
{last_resort}
    keepalive 64;
  }}

  map $http_upgrade $connection_header {{
    default upgrade;
    "" "";
  }}

  server {{
    listen {http_port};
    listen [::]:{http_port};
    server_name _;
    location = /nginx-health {{
      access_log off;
      return 200 "ok\\n";
    }}
    location / {{
      return 308 https://$host$request_uri;
    }}
  }}

  server {{
    listen {https_port} ssl http2;
    listen [::]:{https_port} ssl http2;
    server_name {stack.deploy.host};

    ssl_certificate {tls}/tls.crt;
    ssl_certificate_key {tls}/tls.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers {MODERN_CIPHERS};
    ssl_prefer_server_ciphers off;
    ssl_session_cache shared:tls:10m;
    ssl_session_timeout 1d;
    ssl_session_tickets off;
    ssl_stapling on;
    ssl_stapling_verify on;

    add_header Strict-Transport-Security "max-age=63072000" always;
    add_header X-Content-Type-Options nosniff always;
    add_header X-Frame-Options DENY always;
    add_header Referrer-Policy no-referrer always;
    add_header Permissions-Policy "geolocation=(), microphone=(), camera=()" always;

    client_max_body_size {UPLOAD_MB}m;

    location / {{
      limit_req zone=api burst=20 nodelay;
      proxy_buffering off;
      include proxy.conf;
    }}

    # Uploads are passed on to the gateway as they arrive.
    location ~ ^/(upload|v1/rag/collections/[^/]+/documents)$ {{
      limit_req zone=upload burst=5 nodelay;
      proxy_request_buffering off;
      proxy_buffering off;
      include proxy.conf;
    }}

    # Pieces of resumable uploads come in quick succession.
    location ~ ^/upload/ {{
      limit_req zone=api burst=20 nodelay;
      proxy_request_buffering off;
      proxy_buffering off;
      include proxy.conf;
    }}

    location /console/ {{
      proxy_cache static;
      proxy_cache_revalidate on;
      proxy_cache_use_stale error timeout updating;
      include proxy.conf;
    }}

    location ~ ^/(health|metrics)(/|$) {{
      include proxy.conf;
    }}
  }}
}}
"""


def proxy() -> str:
    """What all locations that proxy to a gateway share."""
    return f"""\
{HEADER}
proxy_pass http://gateways;
proxy_http_version 1.1;
proxy_set_header Host $http_host;
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Proto $scheme;
proxy_set_header X-Forwarded-Host $http_host;
proxy_hide_header X-Content-Type-Options;
proxy_hide_header X-Frame-Options;
proxy_hide_header Referrer-Policy;
proxy_hide_header Permissions-Policy;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection $connection_header;
proxy_connect_timeout 2s;
proxy_read_timeout 3600s;
proxy_send_timeout 60s;
# Every gateway is tried, those marked as failed included, before a request is given up.
proxy_next_upstream error timeout;
proxy_next_upstream_tries 0;
"""
