# JupyterLab on copies of the lessons; the address that it prints, with its token, is for this machine alone:
#     docker build --tag lrlib . && docker run --rm --publish 127.0.0.1:8888:8888 lrlib
# For torch without CUDA: --build-arg PIP_EXTRA_INDEX_URL=https://..., where PyTorch keeps its CPU builds.
FROM python:3.11.13-slim-bookworm

# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git make \
    && rm -rf /var/lib/apt/lists/*

# The names and the number of Binder, which gives others if it likes.
ARG NB_USER=jovyan
ARG NB_UID=1000
ENV HOME=/home/${NB_USER}
RUN useradd --no-log-init --uid "${NB_UID}" --create-home --home-dir "${HOME}" "${NB_USER}" \
    && install --directory --owner="${NB_UID}" "${HOME}/lrlib"
WORKDIR ${HOME}/lrlib
USER ${NB_UID}

# Outside the working folder, which a dev container replaces by the one that it is opened for.
ENV MAKEFLAGS=VENV=${HOME}/venv PATH=${HOME}/venv/bin:${PATH} PIP_NO_CACHE_DIR=1
ARG PIP_EXTRA_INDEX_URL
COPY --chown=${NB_UID} . .
RUN make "${HOME}/venv/.ready" && python -m lrlib lessons

EXPOSE 8888
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--port=8888", "--no-browser", "--LabApp.default_url=/lab/tree/notebooks/mine/index.ipynb"]
