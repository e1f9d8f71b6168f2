package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

const (
	roleColor  = "#fbefff"
	alarmColor = "#ffebe9"
)

// topicID is that of a topic's box: the alarms' role has the same name.
func topicID(name string) string { return "topic " + name }

// roles draws each role, and to which buckets and topics its policy gives which
// rights.
func (d *drawing) roles() {
	d.each("aws_iam_role", func(_ string, v object) {
		var trust struct {
			Statement []struct{ Principal struct{ Service string } }
		}
		if json.Unmarshal([]byte(text(v, "assume_role_policy")), &trust) == nil && len(trust.Statement) == 1 {
			d.node(text(v, "name"), roleColor, "role "+text(v, "name"), "assumed by "+trust.Statement[0].Principal.Service)
		}
	})
	d.each("aws_iam_role_policy", func(_ string, v object) {
		var policy struct {
			Statement []struct {
				Sid      string
				Resource any
			}
		}
		if json.Unmarshal([]byte(text(v, "policy")), &policy) != nil {
			return
		}
		rights := map[string][]string{}
		for _, s := range policy.Statement {
			for _, arn := range strings.Fields(strings.Trim(fmt.Sprint(s.Resource), "[]")) {
				name := named(arn)
				if strings.Contains(arn, ":sns:") {
					name = topicID(name)
				}
				if !slices.Contains(rights[name], s.Sid) {
					rights[name] = append(rights[name], s.Sid)
				}
			}
		}
		d.each("aws_s3_bucket", func(_ string, b object) {
			if sids := rights[text(b, "bucket")]; len(sids) > 0 {
				d.edge(text(v, "role"), text(b, "bucket"), strings.Join(sids, "\n"))
			}
		})
		d.each("aws_sns_topic", func(_ string, topic object) {
			if sids := rights[topicID(text(topic, "name"))]; len(sids) > 0 {
				d.edge(text(v, "role"), topicID(text(topic, "name")), strings.Join(sids, "\n"))
			}
		})
	})
}

func (d *drawing) trail() {
	d.each("aws_cloudtrail", func(_ string, v object) {
		id := "trail " + text(v, "name")
		d.node(id, alarmColor, "CloudTrail trail", text(v, "name"),
			"log file validation: "+text(v, "enable_log_file_validation"))
		d.edge(id, text(v, "s3_bucket_name"), "logs")
		selectors, _ := v["advanced_event_selector"].([]any)
		for _, selector := range selectors {
			fields, _ := at(selector, "field_selector").([]any)
			for _, field := range fields {
				starts, _ := at(field, "starts_with").([]any)
				for _, arn := range starts {
					d.edge(named(fmt.Sprint(arn)), id, text(selector, "name"))
				}
			}
		}
	})
}

// alarms draws the rules of EventBridge as one box, and the topic.
func (d *drawing) alarms() {
	lines := []string{"EventBridge rules"}
	d.each("aws_cloudwatch_event_rule", func(_ string, v object) { lines = append(lines, text(v, "name")) })
	topic := ""
	d.each("aws_sns_topic", func(_ string, v object) {
		topic = text(v, "name")
		d.node(topicID(topic), alarmColor, "SNS topic", topic)
	})
	if len(lines) > 1 {
		d.node("rules", alarmColor, lines...)
		d.each("aws_cloudtrail", func(_ string, v object) { d.edge("trail "+text(v, "name"), "rules", "events") })
		targets := map[string]bool{}
		d.each("aws_cloudwatch_event_target", func(_ string, v object) { targets[named(text(v, "arn"))] = true })
		for _, name := range slices.Sorted(maps.Keys(targets)) {
			d.edge("rules", topicID(name), "alarms")
		}
	}
	d.each("aws_s3_bucket_notification", func(_ string, v object) {
		d.edge(text(v, "bucket"), topicID(named(text(v, "topic", "topic_arn"))), "failed copies")
	})
}
