# The page and REST, without PyTorch. Nothing is downloaded after the build.
#   docker build -t twinlabel .
#   docker run --rm --read-only --tmpfs /tmp -p 127.0.0.1:7860:7860 twinlabel
# For a GPU: docker build --build-arg GROUPS="--group serve --group gpu" -t twinlabel-gpu .
FROM python:3.12-slim

ARG GROUPS="--group serve"
WORKDIR /app
COPY pyproject.toml requirements.txt ./
# pip learnt to install a dependency group in 25.1.
RUN python3 -m venv /venv \
    && /venv/bin/pip install --quiet --no-cache-dir "pip>=25.1" \
    && /venv/bin/pip install --quiet --no-cache-dir -c requirements.txt $GROUPS
COPY app.py ./
COPY contract contract
COPY serve serve
COPY exported_models exported_models
# What a node of a Ray cluster starts; deploy/kubernetes/rayservice.yaml.
COPY deploy/ray deploy/ray
# Readable by any user id, and compiled, because a read-only container cannot keep what it compiles.
RUN chmod -R a+rX /app && /venv/bin/python -m compileall -q app.py contract serve

ENV TWINLABEL_HOST=0.0.0.0 TWINLABEL_PORT=7860 PYTHONUNBUFFERED=1
EXPOSE 7860
USER 10001:10001
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["/venv/bin/python", "-c", "import http.client, os; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['TWINLABEL_PORT']), timeout=4); c.request('GET', '/healthz'); raise SystemExit(c.getresponse().status != 200)"]
CMD ["/venv/bin/python", "app.py"]
