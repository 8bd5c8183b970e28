# The image under test with the recorder of the tests in each site: what comes over its share, and what it goes by, is a
# line on the container's standard output (recording-site.ts). Nothing else is different.
ARG IMAGE
FROM ${IMAGE}
COPY support /opt/spoolnet/test/support/
COPY containers/recording-site.ts /opt/spoolnet/test/containers/
ENV NODE_OPTIONS="${NODE_OPTIONS} --import=/opt/spoolnet/test/containers/recording-site.ts"
