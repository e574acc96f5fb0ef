# frozen_string_literal: true

# What Ruby's Logger writes to the standard streams: each message is one event and has the id of its request, as on AWS.
# AWS: https://docs.aws.amazon.com/lambda/latest/dg/ruby-logging.html

require 'json'
require 'logger'

module Windtunnel
  # I, [2026-01-01T00:00:00.000000 #8]  INFO 6573a3a0-2fb1-4e78-a582-2c769282e0bd -- : message
  class TextFormatter < Logger::Formatter
    def call(severity, time, progname, message)
      said = msg2str(message).encode('UTF-8', invalid: :replace, undef: :replace)
      when_and_who = "[#{format_datetime(time)} ##{Process.pid}]"
      "#{severity[0]}, #{when_and_who} #{severity.rjust(5)} #{$_global_aws_request_id} -- #{progname}: #{said}\n"
    end
  end

  # The same as a line of JSON.
  class JsonFormatter < Logger::Formatter
    def call(severity, time, progname, message)
      line = {
        timestamp: time.utc.strftime('%Y-%m-%dT%H:%M:%S.%6NZ'),
        level: severity,
        message: text(message.is_a?(Exception) ? message.message : msg2str(message)),
        requestId: $_global_aws_request_id
      }
      line[:logger] = text(progname) unless progname.nil? || progname.to_s.empty?
      line.update(failure(message)) if message.is_a?(Exception)
      "#{JSON.generate(line.compact)}\n"
    end

    private

    def failure(error)
      frames = (error.backtrace || []).map { |frame| text(frame) }
      { errorType: error.class.to_s, errorMessage: text(error.message), stackTrace: frames, location: place(frames.first) }
    end

    # `file.rb:3:in 'handler'` as `file.rb:handler:3`.
    def place(frame)
      file, line, name = frame.to_s.match(/\A(.+):(\d+):in [`'](.+)'\z/)&.captures
      file ? "#{file}:#{name}:#{line}" : frame
    end

    def text(value)
      value.to_s.encode('UTF-8', invalid: :replace, undef: :replace)
    end
  end

  # Takes what loggers write; `json` lines are output like any other, and the platform looks at their level.
  class Sink
    def initialize(output, json)
      @output = output
      @json = json
    end

    def write(text)
      @json ? $stdout.write(text) : @output.record(text)
    end

    def close; end
  end

  # For `Logger`: one for a standard stream, or for none, writes to the function's log.
  module Logging
    class << self
      attr_accessor :sink, :formatter
    end

    def self.begin(output)
      json = ENV['AWS_LAMBDA_LOG_FORMAT'] == 'JSON'
      self.sink = Sink.new(output, json)
      self.formatter = json ? JsonFormatter : TextFormatter
      ::Logger.prepend(self)
    end

    def initialize(device = nil, *rest, **options)
      standard = device.nil? || device.equal?($stdout) || device.equal?($stderr)
      super(standard ? Logging.sink : device, *rest, **options)
      return unless standard

      @default_formatter = Logging.formatter.new
      @default_formatter.datetime_format = options[:datetime_format]
    end
  end
end
