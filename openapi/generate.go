package openapi

//go:generate go tool -modfile=../tools/oapi-codegen.mod oapi-codegen -config ../tools/oapi-codegen-ripple.yaml ripple.yaml
//go:generate go tool -modfile=../tools/oapi-codegen.mod oapi-codegen -config ../tools/oapi-codegen-cloudhealth.yaml cloudhealth.yaml
//go:generate go tool -modfile=../tools/oapi-codegen.mod oapi-codegen -config ../tools/oapi-codegen-sandbox.yaml sandbox.yaml
