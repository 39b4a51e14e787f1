# The twin as an image of one static binary that `make release` leaves in dist/, and of
# what has to go with it: licences, and the bill of materials.
#
#   make release && docker build -t twinbill .
#   docker run --rm -p 127.0.0.1:4610:4610 twinbill
#
# docs/clients.md says more.
FROM scratch
ARG TARGETARCH
COPY dist/twinbill_linux_${TARGETARCH} /twinbill
COPY dist/LICENSE dist/THIRD_PARTY_NOTICES dist/twinbill.cdx.json /licenses/
# A variable and not an argument, so that it holds whatever flags serve is given.
ENV TWINBILL_ADDR=0.0.0.0:4610
EXPOSE 4610
USER 65532:65532
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["/twinbill", "health"]
ENTRYPOINT ["/twinbill"]
CMD ["serve"]
