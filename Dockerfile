# The bot in a container: no root, no build tools, a read-only root file system.
# The knowledge is mounted at /knowledge (writable: staff publish there), the data live in /data.

FROM python:3.12-slim AS packages
COPY requirements.lock .
RUN python -m venv --without-pip /opt/minsheng \
 && python -m pip --python /opt/minsheng install --no-cache-dir --require-hashes -r requirements.lock

FROM python:3.12-slim
RUN useradd --system --uid 10001 --no-create-home minsheng \
 && install -d -o minsheng -g minsheng -m 0700 /data
COPY --from=packages /opt/minsheng /opt/minsheng
COPY bot /app/bot
WORKDIR /app
ENV PATH=/opt/minsheng/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    GLIBC_TUNABLES=glibc.malloc.hugetlb=1 \
    DATA_DIR=/data \
    KNOWLEDGE_PATH=/knowledge \
    LISTEN=0.0.0.0:8080
USER minsheng
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
