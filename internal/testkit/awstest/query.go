package awstest

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// noteQuery notes an action of a service that speaks in queries. The identity of
// the caller needs no permission.
func (s *Server) noteQuery(service string, body []byte) {
	if in, err := url.ParseQuery(string(body)); err == nil && service != "sts" {
		s.asked[service+":"+in.Get("Action")] = true
	}
}

// noSuch is the answer about what isn't kept.
const noSuch = "no such"

// answerQuery answers for IAM, SNS and STS.
func (s *Server) answerQuery(w http.ResponseWriter, service string, body []byte) {
	in, err := url.ParseQuery(string(body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	action := in.Get("Action")
	result := noSuch
	if answer, known := queries[service+":"+action]; known {
		result = answer(s, in)
	}
	if s.denied == service+":"+action {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>%s</Message></Error></ErrorResponse>`, s.denied)
		return
	}
	if result == noSuch {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s:%s</Message></Error></ErrorResponse>`, missing[service], service, action)
		return
	}
	fmt.Fprintf(w, `<%[1]sResponse><%[1]sResult>%[2]s</%[1]sResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></%[1]sResponse>`, action, result)
}

var queries = map[string]func(*Server, url.Values) string{
	"sts:GetCallerIdentity": func(*Server, url.Values) string {
		return element("Arn", "arn:aws:iam::"+Account+":role/deployer") + element("UserId", "AIDA") +
			element("Account", Account)
	},

	"iam:CreateRole": func(s *Server, in url.Values) string {
		s.keep("role", in.Get("RoleName"), flat(in))
		return s.role(in)
	},
	"iam:GetRole":          (*Server).role,
	"iam:ListRolePolicies": (*Server).rolePolicies,
	"iam:AttachRolePolicy": func(s *Server, in url.Values) string {
		s.keep("attached policy", in.Get("RoleName")+" "+in.Get("PolicyArn"), object{})
		return ""
	},
	"iam:ListAttachedRolePolicies": func(s *Server, in url.Values) string {
		all := ""
		for _, arn := range s.namesOf("attached policy " + in.Get("RoleName") + " ") {
			all += "<member>" + element("PolicyArn", arn) + element("PolicyName", lastPart(arn)) + "</member>"
		}
		return "<AttachedPolicies>" + all + "</AttachedPolicies><IsTruncated>false</IsTruncated>"
	},
	"iam:PutRolePolicy": func(s *Server, in url.Values) string {
		s.keep("role policy", in.Get("RoleName")+":"+in.Get("PolicyName"), flat(in))
		return ""
	},
	"iam:GetRolePolicy": func(s *Server, in url.Values) string {
		p := s.kept["role policy "+in.Get("RoleName")+":"+in.Get("PolicyName")]
		if p == nil {
			return noSuch
		}
		document := url.QueryEscape(p["PolicyDocument"].(string))
		return element("RoleName", in.Get("RoleName")) + element("PolicyName", in.Get("PolicyName")) +
			element("PolicyDocument", document)
	},

	"sns:CreateTopic": func(s *Server, in url.Values) string {
		arn := "arn:aws:sns:us-east-1:" + Account + ":" + in.Get("Name")
		s.keep("topic", arn, object{"TopicArn": arn, "Owner": Account, "DisplayName": ""})
		for i := 1; in.Has(fmt.Sprintf("Attributes.entry.%d.key", i)); i++ {
			entry := fmt.Sprintf("Attributes.entry.%d.", i)
			s.keep("topic", arn, object{in.Get(entry + "key"): in.Get(entry + "value")})
		}
		return element("TopicArn", arn)
	},
	"sns:SetTopicAttributes": func(s *Server, in url.Values) string {
		s.keep("topic", in.Get("TopicArn"), object{in.Get("AttributeName"): in.Get("AttributeValue")})
		return ""
	},
	"sns:GetTopicAttributes": func(s *Server, in url.Values) string {
		topic := s.kept["topic "+in.Get("TopicArn")]
		if topic == nil {
			return noSuch
		}
		all := ""
		for key, value := range topic {
			all += "<entry>" + element("key", key) + element("value", value.(string)) + "</entry>"
		}
		return "<Attributes>" + all + "</Attributes>"
	},
	"sns:ListTagsForResource": func(*Server, url.Values) string { return "<Tags/>" },
}

func (s *Server) role(in url.Values) string {
	name := in.Get("RoleName")
	role := s.kept["role "+name]
	if role == nil {
		return noSuch
	}
	description, _ := role["Description"].(string)
	return "<Role>" + element("RoleName", name) + element("Arn", "arn:aws:iam::"+Account+":role/"+name) +
		element("Path", "/") + element("RoleId", "AROA"+strings.ToUpper(name)) + element("CreateDate", "2026-11-26T00:00:00Z") +
		element("Description", description) + element("MaxSessionDuration", "3600") +
		element("AssumeRolePolicyDocument", url.QueryEscape(role["AssumeRolePolicyDocument"].(string))) + "</Role>"
}

func (s *Server) rolePolicies(in url.Values) string {
	members := ""
	for _, name := range s.namesOf("role policy " + in.Get("RoleName") + ":") {
		members += element("member", name)
	}
	return "<PolicyNames>" + members + "</PolicyNames><IsTruncated>false</IsTruncated>"
}

// namesOf returns what follows a beginning in the keys of what is kept, sorted.
func (s *Server) namesOf(beginning string) []string {
	var all []string
	for key := range s.kept {
		if name, found := strings.CutPrefix(key, beginning); found {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// flat returns the first value of each field of a query.
func flat(in url.Values) object {
	all := object{}
	for key := range in {
		all[key] = in.Get(key)
	}
	return all
}

func element(name, text string) string {
	var escaped strings.Builder
	_ = xml.EscapeText(&escaped, []byte(text)) // a builder takes all
	return "<" + name + ">" + escaped.String() + "</" + name + ">"
}
