# frozen_string_literal: true

# The Ruby runtime: AWS's life cycle of a function over the Runtime API at AWS_LAMBDA_RUNTIME_API. No gems.
# AWS: https://docs.aws.amazon.com/lambda/latest/dg/lambda-ruby.html

require 'json'
require 'socket'
require_relative 'logs'

module Windtunnel
  # What this process writes beside the function's own output; the format is told in `runtimes/python/output.py`.
  class Output
    PLAN = 62

    def initialize
      @mark = mark
    end

    # One record is one event, however many lines it has; without a mark it is lines like any other.
    def record(text)
      @mark.empty? ? $stdout.puts(text) : frame('L', text.end_with?("\n") ? text : "#{text}\n")
    end

    def ended_init(facts)
      frame('I', JSON.generate(facts)) unless @mark.empty?
    end

    private

    # From the plan (`runtimes/python/supervisor.py`); a wrapper may not have handed it on.
    def mark
      file = IO.for_fd(PLAN, 'r')
      JSON.parse(file.read)['mark']
    rescue Errno::EBADF
      ''
    ensure
      file&.close
    end

    def frame(kind, text)
      payload = text.b
      $stdout.flush
      $stdout.syswrite("#{@mark}#{kind}".b + [payload.bytesize].pack('N') + payload)
    end
  end

  # Speaks the Runtime API over one connection. AWS: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
  class Client
    API = '/2018-06-01/runtime'
    ERROR_TYPE = 'application/vnd.aws.lambda.error+json'

    def initialize(address)
      host, _, port = address.rpartition(':')
      @socket = TCPSocket.new(host, port.to_i)
      @socket.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
    end

    # The next invocation: its headers (lower case) and its body.
    def next
      @socket.write("GET #{API}/invocation/next HTTP/1.1\r\nHost: runtime\r\n\r\n")
      reply
    end

    # `ending` is the word that everything of the invocation has been written.
    def respond(id, body, ending)
      post("/invocation/#{id}/response", body, "Windtunnel-Ending: #{ending}\r\n")
    end

    def fail(id, error, ending)
      post("/invocation/#{id}/error", JSON.generate(error), "#{error_lines(error)}Windtunnel-Ending: #{ending}\r\n")
    end

    def fail_init(error)
      post('/init/error', JSON.generate(error), error_lines(error))
    end

    private

    def error_lines(error)
      "Content-Type: #{ERROR_TYPE}\r\nLambda-Runtime-Function-Error-Type: #{error['errorType']}\r\n"
    end

    def post(path, body, lines)
      head = "POST #{API}#{path} HTTP/1.1\r\nHost: runtime\r\nContent-Length: #{body.bytesize}\r\n#{lines}\r\n"
      @socket.write(head.b + body.b)
      reply
    end

    def reply
      exit!(0) unless @socket.gets("\r\n") # the platform has hung up: this environment is over
      headers = {}
      while (line = @socket.gets("\r\n")&.chomp) && !line.empty?
        name, _, value = line.partition(': ')
        headers[name.downcase] = value
      end
      [headers, @socket.read(headers.fetch('content-length', '0').to_i)]
    end
  end

  # AWS: https://docs.aws.amazon.com/lambda/latest/dg/ruby-context.html
  class Context
    attr_reader :aws_request_id, :invoked_function_arn, :deadline_ms, :identity, :client_context, :function_name,
                :function_version, :memory_limit_in_mb, :log_group_name, :log_stream_name

    def initialize(headers, output)
      @output = output
      @aws_request_id = headers['lambda-runtime-aws-request-id']
      @invoked_function_arn = headers['lambda-runtime-invoked-function-arn']
      @deadline_ms = headers['lambda-runtime-deadline-ms'].to_i
      @identity = parsed(headers['lambda-runtime-cognito-identity'])
      @client_context = parsed(headers['lambda-runtime-client-context'])
      @function_name = ENV['AWS_LAMBDA_FUNCTION_NAME']
      @function_version = ENV['AWS_LAMBDA_FUNCTION_VERSION']
      @memory_limit_in_mb = ENV['AWS_LAMBDA_FUNCTION_MEMORY_SIZE']
      @log_group_name = ENV['AWS_LAMBDA_LOG_GROUP_NAME']
      @log_stream_name = ENV['AWS_LAMBDA_LOG_STREAM_NAME']
      @ends = monotonic_ms + time_left_ms(headers)
    end

    def get_remaining_time_in_millis
      [(@ends - monotonic_ms).to_i, 0].max
    end

    def log(text)
      @output.record(text.to_s)
    end

    private

    # The platform's clock may be a virtual one, so it says how much is left.
    def time_left_ms(headers)
      left = headers['windtunnel-time-left-ms']
      left ? left.to_f : @deadline_ms - (Time.now.to_f * 1000)
    end

    def monotonic_ms
      Process.clock_gettime(Process::CLOCK_MONOTONIC, :float_millisecond)
    end

    def parsed(text)
      text && JSON.parse(text)
    end
  end

  # The method that a `Handler` setting names: `file.method`, `file.Class.method`, `file.Module::Class.method`.
  class Handler
    class Malformed < StandardError; end

    def initialize(setting)
      parts = setting.split('.')
      unless [2, 3].include?(parts.length)
        raise Malformed, "Invalid handler #{setting}, must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD where " \
                         'FILENAME corresponds with an existing Ruby source file FILENAME.rb, CLASS is an optional ' \
                         'module/class namespace and METHOD is a callable method.'
      end
      @file, *@space, @method = parts
    end

    def load
      require @file
      @receiver = @space.empty? ? TOPLEVEL_BINDING.receiver : Kernel.const_get(@space.first)
      self
    end

    def call(event, context)
      @receiver.send(@method, event: event, context: context)
    end
  end

  # Invocation after invocation. AWS: https://docs.aws.amazon.com/lambda/latest/dg/ruby-exceptions.html
  class Runtime
    FAILURES = [StandardError, ScriptError, NoMemoryError, SystemStackError].freeze

    def initialize
      @output = Output.new
      Logging.begin(@output)
      @client = Client.new(ENV.fetch('AWS_LAMBDA_RUNTIME_API'))
    end

    def live
      handler = initialise
      @used_us = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID, :microsecond)
      loop do
        headers, body = @client.next
        ENV['_X_AMZN_TRACE_ID'] = headers['lambda-runtime-trace-id'] if headers['lambda-runtime-trace-id']
        invoke(handler, headers, body)
      end
    end

    private

    def initialise
      started = Process.clock_gettime(Process::CLOCK_MONOTONIC, :float_millisecond)
      $LOAD_PATH.unshift(ENV.fetch('LAMBDA_TASK_ROOT'))
      Handler.new(ENV.fetch('_HANDLER')).load
    rescue *FAILURES => e
      failure = describe('Init', e)
      @output.record("Init error when loading handler #{ENV['_HANDLER']}\n#{JSON.generate(failure)}")
      @client.fail_init(failure)
      exit!(1)
    ensure
      took = Process.clock_gettime(Process::CLOCK_MONOTONIC, :float_millisecond) - started
      @output.ended_init([took, memory_kb, [], []])
    end

    def invoke(handler, headers, body)
      id = $_global_aws_request_id = headers['lambda-runtime-aws-request-id'] # AWS's name; gems read it
      answer = JSON.generate(handler.call(JSON.parse(body), Context.new(headers, @output)))
      $stdout.flush
      @client.respond(id, answer, ending(id))
    rescue *FAILURES => e
      failure = describe('Function', e)
      @output.record("Error raised from handler method\n#{JSON.generate(failure)}")
      @client.fail(id, failure, ending(id))
    end

    def describe(kind, error)
      frames = (error.backtrace || []).take_while { |line| !line.start_with?(__FILE__) }
      { 'errorMessage' => error.message, 'errorType' => "#{kind}<#{error.class}>", 'stackTrace' => frames }
    end

    def ending(id)
      before, @used_us = @used_us, Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID, :microsecond)
      JSON.generate([id, memory_kb, [], [], @used_us - before])
    end

    def memory_kb
      File.read('/proc/self/status')[/^VmHWM:\s*(\d+)/, 1].to_i
    rescue SystemCallError
      0
    end
  end
end

$stdout.sync = $stderr.sync = true
Windtunnel::Runtime.new.live
